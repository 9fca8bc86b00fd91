// en.js - the dashboard's English: one file an area. Keys are area.what; see i18n.js for {…}.
import frame from './en/frame.js';
import charts from './en/charts.js';
import timeline from './en/timeline.js';
import overview from './en/overview.js';
import collections from './en/collections.js';
import pools from './en/pools.js';
import objects from './en/objects.js';
import types from './en/types.js';
import heaps from './en/heaps.js';
import commands from './en/commands.js';
import workloads from './en/workloads.js';
import playground from './en/playground.js';
import lessons from './en/lessons.js';
import topics from './en/topics.js';
import settings from './en/settings.js';

/** @type {Record<string, string>} */
export default {
  ...frame,
  ...charts,
  ...timeline,
  ...overview,
  ...collections,
  ...pools,
  ...objects,
  ...types,
  ...heaps,
  ...commands,
  ...workloads,
  ...playground,
  ...lessons,
  ...topics,
  ...settings,
};
