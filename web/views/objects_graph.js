// objects_graph.js - the graph as SVG: circles that can be walked with the arrow keys,
// zoomed and moved. The table says the same, so nothing is told by the picture alone.
import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { long_name, short_name, short_type } from '../graph_model.js';
import { curve, fit, is_crossed, outline, walk } from '../graph_place.js';
import { Icon } from './icons.js';

/** References are named in the picture while they are few. */
const FEW = 40;
const LEAST = 0.08;
const MOST = 3;
const STEP_PX = 60;
/** The buttons' row, under which nothing is put. */
const TOOLS_PX = 40;

/** @param {{t: any, picture: any, explorer: any, choose: (id: string) => void, empty: string}} props `empty` is said of a heap without objects */
export function Graph({ t, picture, explorer, choose, empty }) {
  const svg = useRef(null);
  const world = useRef(null);
  /** Where the view stands: {x, y, k}, and whether somebody put it there. */
  const at = useRef({ x: 0, y: 0, k: 1, own: false });
  const focused = useSignal('');
  const chosen = explorer.chosen.value;

  function apply(next) {
    Object.assign(at.current, next);
    const { x, y, k } = at.current;
    world.current.setAttribute('transform', `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${k.toFixed(4)})`);
    svg.current.dataset.far = String(k < 0.42);
  }

  function fit_all() {
    const { width, height } = svg.current.getBoundingClientRect();
    if (width === 0) return;
    const { x, y, k } = fit(picture?.bodies ?? [], width, height - TOOLS_PX);
    apply({ x, y: y + TOOLS_PX, k, own: false });
  }

  function zoom(factor, px, py) {
    const { x, y, k } = at.current;
    const box = svg.current.getBoundingClientRect();
    const next = Math.min(MOST, Math.max(LEAST, k * factor));
    const cx = px ?? box.width / 2;
    const cy = py ?? box.height / 2;
    apply({ k: next, x: cx - ((cx - x) * next) / k, y: cy - ((cy - y) * next) / k, own: true });
  }

  // Who is new may stand outside of what is seen; where nobody moved the view it follows.
  useEffect(() => {
    if (!picture) return;
    const { width, height } = svg.current.getBoundingClientRect();
    const { x, y, k, own } = at.current;
    const hidden = picture.bodies.some((b) => {
      const px = b.x * k + x;
      const py = b.y * k + y;
      const r = b.r * k;
      return px < r || py < r + TOOLS_PX / 2 || px > width - r || py > height - r;
    });
    if (!own && (hidden || !world.current.hasAttribute('transform'))) fit_all();
  }, [picture]);

  // A way through a large graph is looked at from near.
  const marked = explorer.why.value?.ids;
  useEffect(() => {
    const bodies = (marked ?? []).flatMap((id) => picture?.by_id.get(id) ?? []);
    if (bodies.length === 0 || picture.bodies.length <= FEW) return;
    const roots = picture.ties.filter((l) => l.kind === 'root' && l.to === marked[0]).map((l) => picture.by_id.get(l.from));
    const { width, height } = svg.current.getBoundingClientRect();
    const { x, y, k } = fit([...roots, ...bodies], width, height - TOOLS_PX);
    apply({ x, y: y + TOOLS_PX, k, own: true });
  }, [marked, picture]);

  useEffect(() => {
    const box = svg.current;
    const watch = new ResizeObserver(() => { if (svg.current && !at.current.own) fit_all(); });
    watch.observe(box);
    // The plain wheel scrolls the page; with Ctrl, as a pinch on a touchpad, it zooms.
    const wheel = (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 200), event.offsetX, event.offsetY);
    };
    box.addEventListener('wheel', wheel, { passive: false });
    return () => {
      watch.disconnect();
      box.removeEventListener('wheel', wheel);
    };
  }, [picture === null]);

  const drag = useDrag(at, apply, zoom);

  function go(body) {
    focused.value = body.id;
    const { x, y, k } = at.current;
    const box = svg.current.getBoundingClientRect();
    const px = body.x * k + x;
    const py = body.y * k + y;
    const r = body.r * k + 8;
    const dx = px < r ? r - px : px > box.width - r ? box.width - r - px : 0;
    const dy = py < r ? r - py : py > box.height - r ? box.height - r - py : 0;
    if (dx || dy) apply({ x: x + dx, y: y + dy });
    svg.current.querySelector(`[data-id="${CSS.escape(body.id)}"] .ring`)?.focus({ preventScroll: true });
  }

  const walkable = picture?.bodies.filter((b) => b.kind !== 'root') ?? [];

  function on_key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here = picture.by_id.get(event.target.closest?.('[data-id]')?.dataset.id);
    const { x, y } = at.current;
    const moves = { ArrowLeft: [STEP_PX, 0], ArrowRight: [-STEP_PX, 0], ArrowUp: [0, STEP_PX], ArrowDown: [0, -STEP_PX] }[event.key];
    if (moves && event.shiftKey) apply({ x: x + moves[0], y: y + moves[1], own: true });
    else if (moves && here) {
      const linked = new Set(picture.ties.flatMap((l) => (l.from === here.id ? [l.to] : l.to === here.id ? [l.from] : [])));
      const to = walk(walkable, here, event.key, linked);
      if (to) go(to);
    } else if (event.key === 'Home' && walkable.length > 0) go(walkable[0]);
    else if (event.key === 'End' && walkable.length > 0) go(walkable[walkable.length - 1]);
    else if (event.key === '+' || event.key === '=') zoom(1.25);
    else if (event.key === '-') zoom(0.8);
    else if (event.key === '0') fit_all();
    else if ((event.key === 'Enter' || event.key === ' ') && here) act(here);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function act(body) {
    if (body.kind === 'fold') explorer.open(picture.folds.find((f) => f.key === body.id));
    else choose(body.id === chosen ? '' : body.id);
  }

  if (!picture) return html`<div class="graph-box"><svg class="graph" ref=${svg} aria-hidden="true"><g ref=${world} /></svg></div>`;
  const first = picture.by_id.has(focused.value) ? focused.value : picture.by_id.has(chosen) ? chosen : walkable[0]?.id;
  return html`<div class="graph-box">
    <svg class="graph" ref=${svg} role="group" aria-label=${t('obj.graph_label')} aria-describedby="graph-hint"
      data-stepping=${picture.step !== null} onKeyDown=${on_key} ...${drag}
      onClick=${(event) => {
        const id = event.target.closest('[data-id]')?.dataset.id;
        if (!id || drag.moved()) return;
        focused.value = id;
        act(picture.by_id.get(id));
      }}>
      <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 .5 8 4 0 7.5z" /></marker>
        <marker id="tip-marked" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 .5 8 4 0 7.5z" /></marker></defs>
      <g ref=${world}><${World} t=${t} picture=${picture} explorer=${explorer} first=${first} chosen=${chosen} /></g>
    </svg>
    ${picture.bodies.length === 0 && html`<p class="empty">${empty}</p>`}
    <div class="graph-zoom" role="group">
      <button type="button" class="button square" aria-label=${t('obj.zoom_in')} title=${t('obj.zoom_in')} onClick=${() => zoom(1.25)}><${Icon} name="plus" /></button>
      <button type="button" class="button square" aria-label=${t('obj.zoom_out')} title=${t('obj.zoom_out')} onClick=${() => zoom(0.8)}><${Icon} name="minus" /></button>
      <button type="button" class="button" onClick=${fit_all}>${t('obj.fit')}</button>
    </div>
    <p class="hint" id="graph-hint">${t('obj.graph_hint')}</p>
  </div>`;
}

/** Dragging moves, two fingers zoom. */
function useDrag(at, apply, zoom) {
  const fingers = useRef(new Map());
  const moved = useRef(false);
  return {
    moved: () => moved.current,
    onPointerDown(event) {
      if (event.button !== 0) return;
      if (fingers.current.size === 0) moved.current = false;
      fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    onPointerMove(event) {
      const before = fingers.current.get(event.pointerId);
      if (!before) return;
      const dx = event.clientX - before.x;
      const dy = event.clientY - before.y;
      if (!moved.current && Math.hypot(dx, dy) < 4) return;
      if (!moved.current) event.currentTarget.setPointerCapture(event.pointerId);
      moved.current = true;
      const others = [...fingers.current].filter(([id]) => id !== event.pointerId);
      fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (others.length === 0) {
        apply({ x: at.current.x + dx, y: at.current.y + dy, own: true });
        return;
      }
      const other = others[0][1];
      const was = Math.hypot(before.x - other.x, before.y - other.y) || 1;
      const box = event.currentTarget.getBoundingClientRect();
      zoom(Math.hypot(event.clientX - other.x, event.clientY - other.y) / was,
        (event.clientX + other.x) / 2 - box.left, (event.clientY + other.y) / 2 - box.top);
    },
    onPointerUp(event) { fingers.current.delete(event.pointerId); },
    onPointerCancel(event) { fingers.current.delete(event.pointerId); },
  };
}

function World({ t, picture, explorer, first, chosen }) {
  const { bodies, by_id, ties, folds, loops, model, step, ghosts, roots, more_roots } = picture;
  const path = explorer.why.value?.ids ?? [];
  const on_path = new Set(path);
  const closes = explorer.why.value?.cycle !== undefined;
  const path_links = new Set(path.map((id, i) => (i + 1 < path.length ? `${id}>${path[i + 1]}` : closes ? `${id}>${path[0]}` : '')));
  const few = ties.length <= FEW;
  const opposite = new Set(ties.map((l) => `${l.to}>${l.from}`));
  const alive = explorer.read.value?.reachable;
  const outlines = loops.flatMap((loop) => outline_of(loop, by_id, step));
  return html`
    ${outlines.map(({ key, size, garbage, d }) => html`<path key=${`cycle ${key}`} class=${`loop ${garbage ? 'garbage' : ''}`} data-size=${size} d=${d} />`)}
    ${roots.length > 0 && html`<${Roots} t=${t} bodies=${bodies} more=${more_roots} />`}
    ${ties.map((tie) => {
      const from = by_id.get(tie.from);
      const to = by_id.get(tie.to);
      if (!from || !to) return null;
      const bends = tie.kind === 'ref' && opposite.has(`${tie.from}>${tie.to}`) && tie.from !== tie.to;
      const { d, x, y } = curve(from, to, few && is_crossed(from, to, bodies) ? -(90 + Math.hypot(to.x - from.x, to.y - from.y) / 8) : bends ? -34 : 0);
      const marked = path_links.has(tie.key) || (tie.kind === 'root' && tie.to === path[0] && explorer.why.value?.answer?.root === tie.from.slice(5));
      const subtracts = step?.phase === 'subtract' && tie.kind === 'ref' && step.rows.has(tie.from) && step.rows.has(tie.to);
      const lost = tie.kind === 'ref' && (is_gone(step, ghosts, tie.from) || is_gone(step, ghosts, tie.to));
      const named = tie.kind === 'ref' && (few || marked || tie.from === chosen || tie.to === chosen);
      return html`<g key=${`${tie.kind} ${tie.key}`} class=${`edge ${tie.kind} ${marked || subtracts ? 'marked' : ''} ${lost ? 'lost' : ''}`}>
        <path d=${d} marker-end=${tie.kind === 'fold' ? undefined : `url(#tip${marked || subtracts ? '-marked' : ''})`} />
        ${named && html`<text x=${x} y=${y}>${label_of(tie.fields)}${subtracts && html`<tspan class="minus"> −${tie.fields.length}</tspan>`}</text>`}</g>`;
    })}
    ${bodies.map((body) => {
      if (body.kind === 'root') return html`<text key=${body.id} class=${`root-name ${path.length > 0 && explorer.why.value?.answer?.root === body.id.slice(5) ? 'marked' : ''}`} x=${body.x} y=${body.y + 4}>${body.id.slice(5)}</text>`;
      if (body.kind === 'fold') {
        const { ids } = folds.find((f) => f.key === body.id);
        return html`<g key=${body.id} class="node fold" data-id=${body.id} transform=${`translate(${body.x.toFixed(1)} ${body.y.toFixed(1)})`}>
          <circle class="ring" r=${body.r} role="button" tabindex=${body.id === first ? 0 : -1} aria-label=${t('obj.fold_open', { n: ids.length })} /><text class="node-name" y="4" aria-hidden="true">+${ids.length}</text></g>`;
      }
      const thing = model.things.get(body.id) ?? ghosts.get(body.id);
      const row = step?.rows.get(body.id);
      const state = step ? row?.state ?? 'outside' : ghosts.has(body.id) ? 'gone' : alive && !alive.has(body.id) ? 'garbage' : 'alive';
      return html`<${Node} key=${body.id} t=${t} body=${body} thing=${thing} row=${row} state=${state} phase=${step?.phase}
        chosen=${body.id === chosen} marked=${on_path.has(body.id)} first=${body.id === first} />`;
    })}
    ${outlines.map(({ key, size, kind, garbage, x, y }) => html`<text key=${`said ${key}`} class=${`loop-said ${garbage ? 'garbage' : ''}`} x=${x} y=${y + 14}>${t(`obj.cycle_${kind}`, { n: size })}</text>`)}`;
}

const is_gone = (step, ghosts, id) => ghosts.has(id) || step?.rows.get(id)?.state === 'gone';

const label_of = (fields) => (fields.length > 2 ? `${fields[0]} … (${fields.length})` : fields.join(', '));

function Node({ t, body, thing, row, state, phase, chosen, marked, first }) {
  const { r } = body;
  const refs = thing.refcount;
  const gen = thing.generation;
  const said = refs === undefined ? t('obj.node_immortal', { name: long_name(thing) }) : t('obj.node', { name: long_name(thing), refs });
  const shows_gc = row?.gc_refs !== undefined;
  const name = short_name(thing);
  const type = short_type(thing);
  const words = [said, gen === undefined ? '' : t('obj.node_gen', { g: gen }),
    state === 'alive' ? '' : t(`verdict.${state}`), shows_gc ? `gc_refs ${row.gc_refs}` : ''].filter(Boolean).join(', ');
  // The circle alone is the button: what is written in it is in its name already.
  return html`<g class=${`node is-${state} ${chosen ? 'chosen' : ''} ${gen === undefined ? 'no-gen' : `gen-${gen}`}`} data-id=${body.id} data-state=${state}
    data-gc=${shows_gc ? row.gc_refs : undefined} transform=${`translate(${body.x.toFixed(1)} ${body.y.toFixed(1)})`}>
    ${(chosen || marked) && html`<circle class="halo" r=${r + 5} />`}
    <circle class=${`ring is-${state}`} r=${r} role="button" aria-pressed=${chosen} tabindex=${first ? 0 : -1} aria-label=${words} />
    <g aria-hidden="true">
    ${!shows_gc && name !== type && html`<text class="type" y="-13">${type}</text>`}
    <text class="node-name" y=${shows_gc ? -8 : 2}>${name}</text>
    <text class="caption" y=${shows_gc ? 5 : 16}>${refs === undefined ? '∞' : `${t('obj.col_refs')} ${refs}`}</text>
    ${shows_gc && html`<g class=${`gc ${row.gc_before === undefined ? '' : 'moved'}`}><rect x="-22" y="9" width="44" height="16" rx="8" />
      <text y="21">${row.gc_before === undefined ? row.gc_refs : `${row.gc_before} → ${row.gc_refs}`}</text></g>`}
    ${gen !== undefined && html`<g class="mark" aria-hidden="true" transform=${`translate(${-r * 0.74} ${-r * 0.74})`}>
      ${gen === 0 && html`<circle r="8" />`}${gen === 1 && html`<path d="M0 -10 10 7H-10z" />`}${gen === 2 && html`<path d="M-8 -8h16v16h-16z" />`}
      <text y=${gen === 1 ? 5 : 3.5}>${gen}</text></g>`}
    ${state !== 'alive' && phase !== 'copy' && html`<text class=${`verdict is-${state}`} y=${r + 15}>${t(`verdict.${state}`)}</text>`}
    </g></g>`;
}

/** The line around the objects of a cycle; in the colour of trouble where nothing outside holds it. */
function outline_of(loop, by_id, step) {
  const bodies = loop.ids.map((id) => by_id.get(id)).filter(Boolean);
  if (bodies.length === 0) return [];
  const garbage = step ? loop.ids.every((id) => step.rows.get(id)?.state === 'unreachable') : loop.held === false;
  const kind = loop.size === 1 ? (garbage ? 'self_garbage' : 'self') : garbage ? 'garbage' : 'many';
  return [{ key: loop.ids[0], size: loop.size, kind, garbage, ...outline(bodies, 22) }];
}

function Roots({ t, bodies, more }) {
  const names = bodies.filter((b) => b.kind === 'root');
  const top = Math.min(...names.map((b) => b.y)) - 40;
  const bottom = Math.max(...names.map((b) => b.y)) + (more > 0 ? 40 : 22);
  const widest = Math.max(8, ...names.map((b) => b.id.length - 5));
  const width = Math.min(190, widest * 8 + 30);
  return html`<g class="roots-box"><rect x=${names[0].x - width + 14} y=${top} width=${width} height=${bottom - top} rx="8" />
    <text class="caption" x=${names[0].x - width + 26} y=${top + 18}>${t('obj.roots')}</text>
    ${more > 0 && html`<text class="caption" x=${names[0].x - width + 26} y=${bottom - 10}>${t('obj.more_roots', { n: more })}</text>`}</g>`;
}
