// link.js - the address of a view that keeps heap and time.
import { format_route } from '../route.js';

/** @param {any} store @param {string} view @param {Record<string, string>} [params] of that view */
export function view_link(store, view, params) {
  return format_route({
    view, params, heap: store.chosen.value, range_s: store.range_s.value, fixed: store.fixed.value, at_ms: store.pinned_ms.value,
  });
}
