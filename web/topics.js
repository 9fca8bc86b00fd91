// topics.js - what can be seen on this page of how memory is managed, and where.
//
// Each has a paragraph in i18n (topic.NAME, topic.NAME_title) and a link to the view that
// shows it live. `heap` says which heap to look at: one that is busy, or the playground.
// @ts-check

/** @typedef {{name: string, view: string, heap: 'busy' | 'playground', params?: Record<string, string>}} Topic */

/** @type {Topic[]} */
export const TOPICS = [
  { name: 'counting', view: 'playground', heap: 'playground', params: { lesson: 'itself' } },
  { name: 'generations', view: 'overview', heap: 'busy' },
  { name: 'marking', view: 'objects', heap: 'playground', params: { step: '1' } },
  { name: 'automatic', view: 'collections', heap: 'busy' },
  { name: 'leaks', view: 'types', heap: 'busy' },
  { name: 'pools', view: 'pools', heap: 'busy' },
  { name: 'friends', view: 'playground', heap: 'playground', params: { lesson: 'friends' } },
  { name: 'by_hand', view: 'collections', heap: 'busy' },
];

/** The words of the link's address. @param {Topic} topic @param {any[]} heaps as the daemon lists them */
export function topic_params(topic, heaps) {
  const takes_statements = (/** @type {any} */ heap) => Boolean(heap.capabilities?.includes('repl'));
  const wanted = topic.heap === 'playground' ? heaps.find(takes_statements)
    : heaps.find((heap) => heap.workload) ?? heaps.find((heap) => !takes_statements(heap));
  return { ...topic.params, ...(wanted ? { heap: wanted.id } : {}) };
}
