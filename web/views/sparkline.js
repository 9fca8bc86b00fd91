// sparkline.js - a line without axes: the course of one number, in a card or a row.
import { useEffect, useRef } from 'preact/hooks';
import { useSignalEffect } from '@preact/signals';
import { html } from '../html.js';

/**
 * @param {{ouro: any, label: string, token?: string, top?: number,
 *   line: () => {from_ms: number, to_ms: number, x: number[], y: (number|null)[],
 *     low?: (number|null)[], high?: (number|null)[]} | null}} props
 *   `top` is the highest value of the scale, where several share one; `low` and `high` make a band
 */
export function Sparkline({ ouro, label, token = 'plain', top, line }) {
  const { store, theme } = ouro;
  const place = useRef(null);

  function draw() {
    const canvas = place.current;
    if (!canvas) return;
    const scale = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (width === 0) return;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    const c = canvas.getContext('2d');
    c.setTransform(scale, 0, 0, scale, 0, 0);
    c.clearRect(0, 0, width, height);
    const data = line();
    if (!data || data.x.length === 0) return;
    const most = top ?? Math.max(1, ...(data.high ?? data.y).map((v) => v ?? 0));
    const at_x = (time) => ((time - data.from_ms) / (data.to_ms - data.from_ms)) * width;
    const at_y = (value) => height - 2 - (value / most) * (height - 4);
    if (data.low && data.high) {
      c.fillStyle = theme.color(`${token}-soft`);
      c.beginPath();
      data.x.forEach((time, i) => { if (data.high[i] !== null) c.lineTo(at_x(time), at_y(data.high[i])); });
      for (let i = data.x.length - 1; i >= 0; i--) if (data.low[i] !== null) c.lineTo(at_x(data.x[i]), at_y(data.low[i]));
      c.fill();
    }
    c.strokeStyle = theme.color(token);
    c.lineWidth = 1.5;
    c.lineJoin = 'round';
    c.beginPath();
    let pen = false;
    data.x.forEach((time, i) => {
      const value = data.y[i];
      if (value === null) { pen = false; return; }
      if (pen) c.lineTo(at_x(time), at_y(value));
      else c.moveTo(at_x(time), at_y(value));
      pen = true;
    });
    c.stroke();
  }

  useSignalEffect(() => {
    store.beat.value;
    theme.version.value;
    draw();
  });
  useEffect(() => {
    const observer = new ResizeObserver(draw);
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  useEffect(draw);
  return html`<canvas class="sparkline" ref=${place} role="img" aria-label=${label}></canvas>`;
}
