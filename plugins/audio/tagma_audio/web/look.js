/** What is shown of a recording: waveform, spectrogram or both, and how. It stays as the person last had it on this machine. */
import { h, icon } from 'tagma';
import { COLOURS } from './colours.js';
import { scales } from './frequencies.js';

const KEY = 'tagma:spectrogram';
const VIEWS = ['waveform', 'both', 'spectrogram'];
const SIZES = [0, 256, 512, 1024, 2048, 4096, 8192];
const WINDOWS = ['hann', 'hamming', 'blackman', 'rectangular'];
const TALL = { waveform: 0, both: 128, spectrogram: 160 };

export class Look {
  view = 'waveform';
  scale = 'mel';
  fft = 0;
  window = 'hann';
  colours = 'magma';
  depth = 80;

  /** @param {string} view unless the person chose another */
  constructor(view) {
    this.view = view;
    const kept = read();
    if (VIEWS.includes(kept.view)) this.view = kept.view;
    if (scales.includes(kept.scale)) this.scale = kept.scale;
    if (SIZES.includes(kept.fft)) this.fft = kept.fft;
    if (WINDOWS.includes(kept.window)) this.window = kept.window;
    if (COLOURS.includes(kept.colours)) this.colours = kept.colours;
    if (kept.depth >= 30 && kept.depth <= 120) this.depth = kept.depth;
  }

  /** Pixels the spectrogram needs. */
  get tall() {
    return TALL[/** @type {keyof typeof TALL} */ (this.view)];
  }

  keep() {
    localStorage.setItem(KEY, JSON.stringify({ ...this }));
  }

  /** Where one row shows its waveform and its spectrogram. @param {number} top @param {number} bottom @param {number} wave height of the waveform at least */
  parts(top, bottom, wave) {
    const share = this.view === 'waveform' ? 1 : this.view === 'spectrogram' ? 0 : wave / (wave + this.tall);
    const edge = Math.round(top + (bottom - top) * share);
    return { wave: /** @type {[number, number]} */ ([top, edge]), spectrum: /** @type {[number, number]} */ ([edge, bottom]) };
  }
}

/** @returns {Record<string, any>} */
function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') ?? {};
  } catch {
    return {}; // of another version: as if nothing was chosen
  }
}

/**
 * The button in the bar, and what it opens.
 * @param {import('tagma').Context} ctx @param {Look} look @param {number} rate samples a second @param {(changed: string) => void} changed
 */
export function lookMenu(ctx, look, rate, changed) {
  const { t } = ctx;
  const set = (/** @type {keyof Look & string} */ name, /** @type {any} */ value) => {
    Object.assign(look, { [name]: value });
    look.keep();
    show();
    changed(name);
  };
  const choice = (/** @type {string} */ title, /** @type {'view' | 'scale' | 'fft' | 'window' | 'colours'} */ name, /** @type {[string, string | number][]} */ offered) => {
    const field = h('select.input', { onchange: () => set(name, offered[field.selectedIndex][1]) }, offered.map(([words, value]) => h('option', { selected: look[name] === value }, words)));
    return h('label.audio-choice', null, h('span', null, title), field);
  };
  const view = choice(t('Show'), 'view', [[t('Waveform'), 'waveform'], [t('Both'), 'both'], [t('Spectrogram'), 'spectrogram']]);
  const depth = h('input', { type: 'range', min: 30, max: 120, step: 5, value: look.depth, oninput: () => set('depth', Number(depth.value)) });
  const more = h('div.audio-more', null,
    choice(t('Scale'), 'scale', [[t('Mel'), 'mel'], [t('Linear'), 'linear'], [t('Logarithmic'), 'log']]),
    choice(t('Window'), 'fft', SIZES.map((size) => [size ? t('{n} ms', { n: Number(((size / rate) * 1000).toPrecision(3)) }) : t('Automatic'), size])),
    choice(t('Shape of the window'), 'window', [['Hann', 'hann'], ['Hamming', 'hamming'], ['Blackman', 'blackman'], [t('Rectangular'), 'rectangular']]),
    choice(t('Colours'), 'colours', [['Magma', 'magma'], ['Viridis', 'viridis'], [t('Blue'), 'blue'], [t('Ink on paper'), 'paper']]),
    h('label.audio-choice', null, h('span', null, t('Range')), depth));
  const panel = h('div.audio-menu', { popover: 'auto', role: 'dialog', 'aria-label': t('What is shown') }, view, more);
  const title = t('Waveform and spectrogram');
  const button = h('button.tagma-icon-button', { type: 'button', title, 'aria-label': title, 'aria-haspopup': 'dialog', onclick: () => panel.togglePopover() }, icon('sliders-horizontal'));
  panel.addEventListener('toggle', () => {
    const box = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = panel;
    panel.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    panel.style.top = `${box.bottom + 4 + height > innerHeight ? Math.max(8, box.top - height - 4) : box.bottom + 4}px`;
  });
  const show = () => (more.hidden = look.view === 'waveform');
  show();
  ctx.command({ name: 'audio:view', group: t('Recording'), title: t('Waveform, spectrogram or both'), keys: ['shift+s'], run: () => {
    set('view', VIEWS[(VIEWS.indexOf(look.view) + 1) % VIEWS.length]);
    /** @type {HTMLSelectElement} */ (view.querySelector('select')).selectedIndex = VIEWS.indexOf(look.view);
  } });
  return [button, panel];
}
