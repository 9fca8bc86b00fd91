// objects.js - objects, graph, path to a root, stepper, in Chinese.
/** @type {Record<string, string>} */
export default {
};
