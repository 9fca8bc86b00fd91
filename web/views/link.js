// link.js - the address of a view that keeps heap and range.
import { format_route } from '../route.js';

/** @param {any} store @param {string} view */
export function view_link(store, view) {
  return format_route({ view, heap: store.chosen.value, range_s: store.range_s.value });
}
