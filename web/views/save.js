// save.js - gives the reader a file: the browser's own download, nothing leaves the page.

const KEEP_MS = 60000;

/** @param {string} name of the file @param {Blob} blob */
export function save_blob(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link); // Firefox follows only links that are in the page
  link.click();
  link.remove();
  // The download reads the blob after the click; nothing tells when it has.
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
}

/** @param {string} name of the file @param {string} type "text/csv" @param {string} text */
export function save_text(name, type, text) {
  save_blob(name, new Blob([text], { type: `${type};charset=utf-8` }));
}
