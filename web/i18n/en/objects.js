// objects.js - objects, graph, path to a root, stepper, in English.
/** @type {Record<string, string>} */
export default {
};
