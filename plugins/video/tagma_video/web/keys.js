/** Everything that can be done with a film, as commands with keys. */
import { t } from 'tagma';

const SPEEDS = [0.25, 0.5, 1, 1.5, 2];
const HOP = 10; // frames

/** @param {import('tagma').Context} ctx @param {number} now */
export function speedsOf({ node }, now) {
  const least = Math.max(node.number('minPlaybackSpeed', 0.25), 0.0625);
  return [...new Set([...SPEEDS, least, now])].filter((one) => one >= least).sort((a, b) => a - b);
}

/**
 * To be called before the plane and the timeline are made, since of two commands on one key the first goes first.
 * @param {import('tagma').Context} ctx @param {import('./film.js').Film} film @param {import('./tracks.js').Tracks} tracks
 * @param {import('./follow.js').Follow} follow @param {() => import('tagma/kit/line.js').LineSpace} line
 */
export function filmCommands(ctx, film, tracks, follow, line) {
  const group = t('Film');
  const own = String(ctx.node.get('hotkey') ?? 'space');
  /** @param {string} name @param {string} title @param {string[]} keys @param {() => void} run @param {() => boolean} [when] */
  const add = (name, title, keys, run, when) => ctx.command({ name: `video:${name}`, group, title, keys, run, when });
  const by = (/** @type {number} */ frames) => () => film.go(film.stands + frames);
  const selected = () => [...ctx.select.ids].flatMap((id) => line().scene.get(id) ?? [])[0];
  const stretch = () => {
    const one = selected();
    film.play(one ? { from: one.from + 1, to: one.to } : null);
  };
  add('play', t('Play or pause'), [...new Set([own, 'ctrl+alt+space', 'ctrl+p'])], () => film.toggle());
  add('step-back', t('One frame back'), ['alt+left'], by(-1));
  add('step', t('One frame on'), ['alt+right'], by(1));
  add('hop-back', t('{n} frames back', { n: HOP }), ['shift+alt+left'], by(-HOP));
  add('hop', t('{n} frames on', { n: HOP }), ['shift+alt+right'], by(HOP));
  add('key-back', t('To the key frame before'), ['ctrl+alt+left'], () => tracks.goToKey(-1));
  add('key-on', t('To the next key frame'), ['ctrl+alt+right'], () => tracks.goToKey(1));
  add('first', t('To the first frame'), ['ctrl+shift+alt+left'], () => film.go(1));
  add('last', t('To the last frame'), ['ctrl+shift+alt+right'], () => film.go(film.frames.count));
  add('number', t('To a frame by its number'), ['alt+g'], () => /** @type {HTMLInputElement | null} */ (line().box.parentElement?.querySelector('.film-frame'))?.select());
  add('stretch', t('Play the selected region'), ['p'], stretch, () => Boolean(selected()));
  add('loop', t('Repeat the selected region'), ['shift+p'], () => {
    film.loops = !film.loops;
    if (film.loops) stretch();
  }, () => Boolean(selected()));
  add('slower', t('Play slower'), ['<'], () => speed(ctx, film, -1));
  add('faster', t('Play faster'), ['>'], () => speed(ctx, film, 1));
  add('closer', t('Zoom the timeline in'), ['alt+='], () => line().zoom(2));
  add('wider', t('Zoom the timeline out'), ['alt+-'], () => line().zoom(0.5));
  if (!tracks.offered || ctx.readonly) return;
  const some = () => tracks.selected.length > 0;
  add('key', t('Add or remove a key frame'), ['k'], () => tracks.toggleKey(), some);
  add('show', t('Hide or show from here on'), ['shift+h'], () => tracks.toggleShown(), some);
  add('begin', t('Begin the track here'), ['shift+i'], () => tracks.begin(), some);
  add('end', t('End the track here'), ['shift+o'], () => tracks.end(), some);
  add('split', t('Split the track'), ['shift+s'], () => tracks.split(), some);
  add('merge', t('Merge tracks'), ['shift+m'], () => tracks.merge(), some);
  add('follow', t('Follow the box from here on, or stop'), ['shift+f'], () => void follow.toggle(), () => follow.busy || follow.able);
  add('copy', t('Keep the box as it is for {n} frames', { n: HOP }), ['shift+c'], () => tracks.copyOnwards(HOP), some);
}

/** @param {import('tagma').Context} ctx @param {import('./film.js').Film} film @param {number} way */
function speed(ctx, film, way) {
  const speeds = speedsOf(ctx, film.video.playbackRate);
  const place = speeds.indexOf(film.video.playbackRate) + way;
  film.setSpeed(speeds[Math.min(Math.max(place, 0), speeds.length - 1)]);
}
