/** <Video>: a film on a plane, with its timeline below. */
import { defineTag, h, t as translate } from 'tagma';
import { Derived } from 'tagma/kit/derived.js';
import { announce, refuse, wordsOf } from 'tagma/kit/opening.js';
import { Plane } from 'tagma/kit/plane.js';
import { filmBar } from './bar.js';
import { Film } from './film.js';
import { Follow } from './follow.js';
import { Frames } from './frames.js';
import { filmCommands } from './keys.js';
import { passage, timeline } from './timeline.js';
import { shape as stretch } from './timeline-labels.js';
import { Thumbs } from './thumbs.js';
import { Tracks } from './tracks.js';

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { t } = ctx;
  const file = ctx.value('value');
  if (typeof file !== 'string' || !file || file.startsWith('$')) {
    return refuse(host, t('This task has no film.'), t('The set-up looks for it in {key} of the task.', { key: String(ctx.node.get('value') ?? '') }));
  }
  const waiting = announce(host, t('Reading the film'), t('Reading the film, this once'));
  const derived = new Derived(ctx, 'video', file.startsWith('data:') ? String(ctx.node.get('value')) : file);
  const speed = Math.max(ctx.node.number('defaultPlaybackSpeed', 1), ctx.node.number('minPlaybackSpeed', 0.25), 0.0625);
  let gone = false;
  open(ctx, derived, waiting, file, speed)
    .then((film) => {
      if (gone) return;
      host.replaceChildren();
      show(host, ctx, film, derived);
      host.dataset.ready = '';
    })
    .catch((error) => !gone && refuse(host, t('The film can’t be shown.'), wordsOf(error)));
  return {
    destroy() {
      gone = true;
    },
  };
}

/**
 * The film and its frames, both asked for at once. A film that this browser can't play is shown as the server's copy. Where the server can't tell the frames but the browser plays the film, they
 * are counted by the set-up's rate, and the film says so.
 * @param {import('tagma').Context} ctx @param {Derived} derived @param {(job: any, what?: string) => void} waiting @param {string} file @param {number} speed */
async function open(ctx, derived, waiting, file, speed) {
  const film = new Film(ctx, ctx.asset(file), speed);
  const opened = film.opened();
  opened.catch(() => {}); // asked for below, when the frames are known
  const rate = Number(ctx.value('frameRate')) || 24;
  let index;
  try {
    index = await derived.bytes('index', { waiting });
  } catch (error) {
    if (error instanceof DOMException) throw error; // the task was left
    await opened.catch(() => {
      throw error;
    });
    if (!film.seeks) throw error;
    film.frames = Frames.counted(film.video.duration, rate);
    film.doubts.push(translate('The server could not read the frames: {why} They are counted by {n} a second, and may be off by some.', { why: /** @type {Error} */ (error).message, n: rate }));
    return film;
  }
  film.frames = Frames.read(index);
  const codec = film.frames.codec;
  const plays = await opened.then(() => true, () => false);
  if (!plays) await copied(film, derived, waiting, translate('This browser can’t play {codec}: what you see is a copy in H.264, frame for frame.', { codec }));
  else if (!film.seeks) await copied(film, derived, waiting, translate('This film can be played from its beginning only, since its server gives out no parts of files, or it has no list of places: what you see is a copy in H.264, frame for frame.'));
  const said = Object.keys(ctx.node.attrs).some((name) => name.toLowerCase() === 'framerate');
  if (said && Math.abs(rate / film.frames.rate - 1) > 0.01) film.doubts.push(translate('The set-up says {a} frames a second, the film has {b}. Frames are counted as the film has them.', { a: rate, b: Number(film.frames.rate.toFixed(3)) }));
  const reached = film.frames.at(film.video.duration);
  if (reached < film.frames.count) film.doubts.push(translate('The file says that it is shorter than it is: this browser shows only {a} of {b} frames. Copy it anew with FFmpeg.', { a: reached, b: film.frames.count }));
  return film;
}

/** Shows the copy that every browser plays. @param {Film} film @param {Derived} derived @param {(job: any, what?: string) => void} waiting @param {string} why for the person */
async function copied(film, derived, waiting, why) {
  const { codec } = film.frames;
  await derived.bytes('film', { from: 0, to: 8, waiting: (job) => waiting(job, translate('Making a copy that this browser plays, this once')) });
  film.video.src = derived.address('film');
  await film.opened().catch(() => {
    throw new Error(translate('This browser plays neither the film, which is in {codec}, nor its copy in H.264. Use Chrome, Edge, Firefox or Safari.', { codec }));
  });
  film.doubts.push(why);
}

/** @param {HTMLElement} host @param {import('tagma').Context} ctx @param {Film} film @param {Derived} derived */
function show(host, ctx, film, derived) {
  const { session, node, t } = ctx;
  const { frames, video } = film;
  const size = { width: video.videoWidth || frames.size.width, height: video.videoHeight || frames.size.height };
  Object.assign(video, size);
  const counted = session.regionsOn(node.name).map((region) => Number(session.geometry(region).value?.framesCount)).find((count) => Math.abs(count - frames.count) > 1);
  if (counted) film.doubts.push(t('Some boxes were drawn when the film counted as {a} frames, it has {b}: they may stand in the wrong ones.', { a: counted, b: frames.count }));
  const frame = h('div.image-frame.film-frame-box', { vars: { '--film-height': `${node.number('height', 600)}px` } });
  const below = h('div.line-box.film-box', { vars: { '--line-height': `${node.number('timelineHeight', 64)}px` } });
  host.append(frame, film.doubts.length ? h('p.film-said', { role: 'note' }, film.doubts.join(' ')) : '', below);
  const tracks = new Tracks(ctx, film);
  const follow = new Follow(ctx, film, tracks, derived.file);
  filmCommands(ctx, film, tracks, follow, () => line);
  const plane = new Plane(frame, ctx, { picture: video, size, moment: tracks.moment, turnKeys: ['alt+up', 'alt+down'] });
  const view = session.views.get(node.name);
  const marks = session.scope.controls.some((control) => control.toName.includes(node.name) && session.definition(control)?.shape === stretch);
  const thumbs = new Thumbs(frames);
  const line = timeline(below, ctx, film, { shape: marks ? stretch.name : null, thumbs });
  if (frames.exact) pictured(thumbs, derived, ctx).then((there) => there && line.refresh(), () => {}); // a timeline without pictures is one still
  const zoom = node.number('defaultZoom', 1);
  if (zoom > 1) line.zoom(zoom, 0);
  below.prepend(filmBar(ctx, film, tracks, follow, line));
  if (view) session.views.set(node.name, view); // the bar below zooms the picture; the timeline has buttons of its own
  if (!tracks.offered) session.tools.use(marks ? 'mark' : 'select');
  plane.stage.addEventListener('pointerdown', () => film.playing && film.go(film.frame), { capture: true });
  session.reveal.set(node.name, (region) => {
    const stretch = line.scene.get(region.id);
    const now = film.stands - 0.5;
    if (stretch && !(stretch.parts ?? [stretch]).some(({ from, to }) => from < now && now < to)) film.go(stretch.from + 1);
    line.reveal(region.id);
    plane.reveal(region.id);
  });
  let shown = film.frame;
  film.on(() => {
    if (film.settled) line.run(film.frame - 0.5, film.playing);
    if (film.frame === shown) return;
    shown = film.frame;
    plane.goTo(tracks.moment);
    host.dataset.frame = String(shown);
  });
  host.dataset.frame = String(shown);
  film.go(1);
  film.join(ctx);
}

/** Whether the small pictures are there; the film is shown without waiting for them. @param {Thumbs} thumbs @param {Derived} derived @param {import('tagma').Context} ctx */
async function pictured(thumbs, derived, ctx) {
  let left = false;
  ctx.cleanup(() => {
    left = true;
    thumbs.close();
  });
  const bytes = await derived.bytes('thumbs');
  if (!left) await thumbs.read(bytes);
  if (left) thumbs.close();
  return !left;
}

export default defineTag({ api: 1, tag: 'Video', kind: 'object', fills: true, style: new URL('./video.css', import.meta.url), passage, mount });
