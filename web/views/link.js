// link.js - the address of a view that keeps heap and time, and the panel beside it.
import { format_route } from '../route.js';

/** Words of the address that go along to another view. @param {any} store @returns {Record<string, string>} */
export function kept_params(store) {
  const { panel } = store.params.value;
  return panel ? { panel } : {};
}

/** @param {any} store @param {string} view @param {Record<string, string>} [params] of that view */
export function view_link(store, view, params) {
  return format_route({
    view, params: { ...kept_params(store), ...params }, heap: store.chosen.value, range_s: store.range_s.value, fixed: store.fixed.value, at_ms: store.pinned_ms.value,
  });
}
