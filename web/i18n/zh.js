// zh.js - the dashboard's Chinese: one file an area. Keys are area.what; see i18n.js for {…}.
import frame from './zh/frame.js';
import charts from './zh/charts.js';
import timeline from './zh/timeline.js';
import overview from './zh/overview.js';
import collections from './zh/collections.js';
import pools from './zh/pools.js';
import objects from './zh/objects.js';
import types from './zh/types.js';
import heaps from './zh/heaps.js';
import commands from './zh/commands.js';
import workloads from './zh/workloads.js';
import playground from './zh/playground.js';
import lessons from './zh/lessons.js';
import topics from './zh/topics.js';
import settings from './zh/settings.js';

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
