/** The line below a series: the moment under the pointer, how long the stretch in the hand is, trouble; and its place among objects in step. */
import { h, icon } from 'tagma';
import { eachFrame } from 'tagma/dom.js';
import { inStep } from 'tagma/kit/sync.js';

/**
 * @param {HTMLElement} box @param {import('tagma').Context} ctx
 * @param {{space: import('tagma/kit/line.js').LineSpace, chart: import('./chart.js').Chart, times: import('./times.js').Times, legend: import('./legend.js').Legend, windows: import('./windows.js').Windows, remarks: string}} given `remarks`: on the file
 */
export function readout(box, ctx, { space, chart, times, legend, windows, remarks }) {
  const { t, node, session } = ctx;
  const moment = h('output.num', { 'aria-label': t('Time') });
  const stretch = h('span.num.soft');
  const trouble = h('span.fault', { role: 'status' });
  const step = inStep(ctx, {
    seek: (at) => follow(at, false),
    tick: (at) => follow(at, true),
  });
  const follow = (/** @type {number} */ at, /** @type {boolean} */ turn) => {
    space.run(Math.min(Math.max(times.along(at), 0), times.length), turn);
    if (!turn && space.view.reveal(space.at, space.at)) space.drawSoon();
    look();
  };
  const play = step && h('button.tagma-icon-button', { type: 'button', onclick: () => toggle() }, icon('play'));
  const toggle = () => step?.tell({ at: times.seconds(space.at), playing: !step.playing });
  let shown = '';

  const draw = eachFrame(() => {
    const at = space.pointer ?? space.at;
    legend.show(at, space.view.scale);
    moment.textContent = times.show(chart.rowAt(at, space.view.scale));
    const [region] = session.selection.ids.size === 1 ? [...session.selection.ids] : [];
    const held = space.draft ?? (region ? space.scene.get(region) : undefined);
    stretch.textContent = !held || held.from === held.to ? '' : between(times.from + held.from, times.from + held.to);
    trouble.textContent = windows.trouble;
    if (!play || shown === String(step.playing)) return;
    shown = String(step.playing);
    play.replaceChildren(icon(step.playing ? 'pause' : 'play'));
    play.title = step.playing ? t('Pause') : t('Play');
    play.setAttribute('aria-label', play.title);
  });
  const look = () => draw();
  const between = (/** @type {number} */ from, /** @type {number} */ to) => `${times.brief(from, NaN)} – ${times.brief(to, from)} (${times.last(to - from)})`;

  space.onView(look);
  ctx.watch(look);
  ctx.cleanup(() => draw.cancel());
  const hotkey = String(node.get('hotkey') ?? '').trim();
  if (step) ctx.command({ name: 'series:play', group: t('Series'), title: t('Play or pause'), keys: [hotkey || 'space'], run: toggle });
  box.append(h('div.line-bar.series-bar', null, play, moment, stretch, trouble, remarks ? h('span.series-remarks', null, remarks) : null));
  return {
    look,
    /** The person went to a moment. */
    went() {
      look();
      step?.tell({ at: times.seconds(space.at) });
    },
  };
}
