/** The bar below a film. */
import { h, icon, t } from 'tagma';
import { timecode } from './frames.js';
import { speedsOf } from './keys.js';

const TOOLS = [
  ['video:key', 'diamond-plus'], ['video:show', 'eye-off'], ['video:begin', 'chevron-first'], ['video:end', 'chevron-last'],
  ['video:split', 'scissors'], ['video:merge', 'merge'], ['video:copy', 'copy'], ['video:follow', 'locate-fixed'],
];

/**
 * @param {import('tagma').Context} ctx @param {import('./film.js').Film} film @param {import('./tracks.js').Tracks} tracks
 * @param {import('./follow.js').Follow} follow @param {import('tagma/kit/line.js').LineSpace} line @returns {HTMLElement}
 */
export function filmBar(ctx, film, tracks, follow, line) {
  const { frames, video } = film;
  const act = (/** @type {string} */ name, /** @type {string} */ sign) => {
    const command = /** @type {import('tagma/keys.js').Command} */ (ctx.keys.list().find((one) => one.name === name));
    // not by its name: of two films on a page each has its own bar, but only one can have the keys
    const button = h('button.tagma-icon-button', { type: 'button', 'aria-label': command.title, onclick: () => (command.when?.() ?? true) && command.run() }, icon(sign));
    const title = () => (button.title = [command.title, ctx.keys.hint(name)].filter(Boolean).join(' · '));
    title();
    ctx.cleanup(ctx.keys.on(title));
    return button;
  };
  const play = act('video:play', 'play');
  const number = h('input.input.num.film-frame', { type: 'number', min: 1, max: frames.count, 'aria-label': t('Frame'), value: 1, onchange: () => film.go(Number(number.value) || film.frame), onkeydown: (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.stopPropagation();
    line.stage.focus();
  } });
  const time = h('output.num', { 'aria-label': t('Time') });
  const [key, shown, ...more] = tracks.offered && !ctx.readonly ? TOOLS.map(([name, sign]) => act(name, sign)) : [];
  const speed = h('select.input', { 'aria-label': t('Speed'), onchange: () => film.setSpeed(Number(speed.value)) }, speedsOf(ctx, video.playbackRate).map((one) => h('option', { value: String(one), selected: one === video.playbackRate }, `${one}×`)));
  const mute = h('button.tagma-icon-button', { type: 'button', onclick: () => (video.muted = !video.muted) });
  const trouble = h('span.soft', { role: 'status' });
  let before = '';
  const draw = () => {
    if (document.activeElement !== number) number.value = String(film.frame);
    time.textContent = timecode(frames, film.frame);
    const here = tracks.here;
    const editable = Boolean(here) && tracks.selected.length > 0;
    const now = [film.playing, video.muted, here?.key, here?.shown, editable, tracks.selected.length > 1, film.trouble, video.playbackRate, follow.able, follow.words].join(' ');
    if (now === before) return;
    before = now;
    play.replaceChildren(icon(film.playing ? 'pause' : 'play'));
    play.setAttribute('aria-label', film.playing ? t('Pause') : t('Play'));
    if (key) {
      for (const button of [key, shown, ...more]) button.disabled = !editable;
      const following = more[more.length - 1];
      following.disabled = !follow.busy && !follow.able;
      following.setAttribute('aria-pressed', String(follow.busy));
      key.replaceChildren(icon(here?.key ? 'diamond-minus' : 'diamond-plus'));
      key.setAttribute('aria-pressed', String(Boolean(here?.key)));
      shown.replaceChildren(icon(here?.shown ? 'eye-off' : 'eye'));
    }
    speed.value = String(video.playbackRate);
    mute.replaceChildren(icon(video.muted ? 'volume-x' : 'volume-2'));
    mute.title = video.muted ? t('Sound on') : t('Mute');
    mute.setAttribute('aria-label', mute.title);
    trouble.textContent = film.trouble ? t('It can’t be played: {why}', { why: film.trouble }) : follow.words;
  };
  film.on(draw);
  follow.on(draw);
  ctx.watch(draw);
  draw();
  return h('div.line-bar.film-bar', { role: 'toolbar', 'aria-label': t('Film') },
    h('span.row', null, play, act('video:key-back', 'chevrons-left'), act('video:step-back', 'step-back'), number, h('span.soft.num', null, `/ ${frames.count}`), act('video:step', 'step-forward'), act('video:key-on', 'chevrons-right')),
    h('span.row.film-more', null,
      time,
      key ? h('span.row', { role: 'group', 'aria-label': t('Track') }, key, shown, more) : null,
      h('span.grow'),
      trouble,
      act('video:wider', 'zoom-out'), act('video:closer', 'zoom-in'), speed, mute));
}
