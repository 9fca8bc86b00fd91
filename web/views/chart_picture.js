// chart_picture.js - a chart as a picture to send around: its title, what it shows, its legend
// and its canvas, in the colours and at the resolution of this page.

const HEAD = 48; // two lines of words above the canvas
const PAD = 12;

/**
 * @param {HTMLCanvasElement} canvas @param {{title: string, sub: string, color: (token: string) => string,
 *   entries: {token: string, generation?: number, dashed?: boolean, text: string}[]}} parts
 * @returns {Promise<Blob>} PNG
 */
export function chart_picture(canvas, { title, sub, color, entries }) {
  const ratio = canvas.width / canvas.clientWidth || devicePixelRatio;
  const out = document.createElement('canvas');
  const context = out.getContext('2d');
  const legend = (draw) => {
    context.font = '12px system-ui, sans-serif';
    let [x, y] = [PAD, HEAD + 8];
    for (const { token, dashed, text } of entries) {
      const width = 18 + context.measureText(text).width + 14;
      if (x + width > canvas.clientWidth + PAD && x > PAD) [x, y] = [PAD, y + 18];
      if (draw) {
        context.strokeStyle = color(token);
        context.lineWidth = 3;
        context.setLineDash(dashed ? [3, 2] : []);
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(x + 12, y);
        context.stroke();
        context.fillStyle = color('ink');
        context.fillText(text, x + 18, y + 4);
      }
      x += width;
    }
    return y + 12;
  };
  const top = entries.length > 0 ? legend(false) : HEAD;
  out.width = (canvas.clientWidth + 2 * PAD) * ratio;
  out.height = (top + canvas.clientHeight + PAD) * ratio;
  context.scale(ratio, ratio);
  context.fillStyle = color('panel');
  context.fillRect(0, 0, out.width, out.height);
  context.fillStyle = color('ink');
  context.font = '650 15px system-ui, sans-serif';
  context.fillText(title, PAD, PAD + 12);
  context.fillStyle = color('muted');
  context.font = '12px system-ui, sans-serif';
  context.fillText(sub, PAD, PAD + 30);
  legend(true);
  context.drawImage(canvas, PAD, top, canvas.clientWidth, canvas.clientHeight);
  return new Promise((done, fail) => {
    out.toBlob((blob) => (blob ? done(blob) : fail(new Error('the browser made no picture'))), 'image/png');
  });
}
