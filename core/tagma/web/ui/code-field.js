/** The config as code: CodeMirror with what the installed tags complete to, and marks at the lines that are wrong. */
import {
  EditorState, EditorView, HighlightStyle, autoCloseTags, autocompletion, bracketMatching, closeBrackets, closeBracketsKeymap,
  completionKeymap, defaultKeymap, drawSelection, highlightActiveLine, history, historyKeymap, indentUnit, keymap, lineNumbers,
  lintGutter, lintKeymap, linter, syntaxHighlighting, tags, xml,
} from 'codemirror-bundle';
import { api } from 'tagma/api.js';

import { t } from 'tagma/i18n.js';

/** @type {Promise<Record<string, any>> | undefined} asked for once */
let known;

const COLOURS = HighlightStyle.define([
  { tag: tags.tagName, color: 'var(--tagma-accent-ink)' },
  { tag: tags.attributeName, color: 'var(--tagma-ink)' },
  { tag: tags.attributeValue, color: 'var(--tagma-good)' },
  { tag: [tags.comment, tags.angleBracket, tags.processingInstruction], color: 'var(--tagma-ink-soft)' },
  { tag: tags.invalid, color: 'var(--tagma-bad)' },
]);

/** @param {Record<string, any>} all */
function schema(all) {
  const children = Object.entries(all).filter(([, tag]) => tag.kind !== 'visual' || !isItem(tag)).map(([name]) => name);
  return Object.entries(all).map(([name, tag]) => ({
    name, top: name === 'View', children: tag.children ?? children,
    completion: { type: 'type', detail: tag.plugin, info: tag.help.split('\n\n')[0] },
    attributes: Object.entries(tag.attributes).map(([attribute, about]) => ({
      name: attribute, values: about.values?.length ? about.values : undefined,
      completion: { type: 'property', detail: about.required ? t('required') : '', info: about.help },
    })),
  }));
}

/** @param {any} tag */
const isItem = (tag) => Array.isArray(tag.children) && !tag.children.length && !tag.targets.length;

/** @param {EditorView} view @param {any} fault a fault as the server says it */
function mark(view, fault) {
  const { line = 1, attribute, tag, severity } = fault.where ?? {};
  const row = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
  const inRow = [attribute && `${attribute}=`, tag && `<${tag}`].map((word) => (word ? row.text.indexOf(word) : -1)).find((at) => at >= 0);
  const from = row.from + (inRow ?? row.text.search(/\S|$/));
  return {
    from, to: Math.max(from, row.to), severity: /** @type {'warning' | 'error'} */ (severity === 'warning' ? 'warning' : 'error'),
    message: [fault.message, fault.hint].filter(Boolean).join(' '),
  };
}

/**
 * @param {HTMLElement} host @param {string} text
 * @param {{label: string, onchange: (text: string) => void, check: (text: string) => Promise<any[]>}} given
 * @returns {Promise<{destroy(): void}>}
 */
export async function openCode(host, text, { label, onchange, check }) {
  known ??= api.get('/labeling-tags');
  known.catch(() => { known = undefined; });
  const language = xml({ elements: schema(await known), autoCloseTags: true });
  const nonce = /** @type {HTMLScriptElement | null} */ (document.querySelector('script[nonce]'))?.nonce ?? '';
  const view = new EditorView({
    parent: host,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(nonce), lineNumbers(), lintGutter(), history(), drawSelection(), highlightActiveLine(), bracketMatching(),
        closeBrackets(), language, autoCloseTags, autocompletion({ icons: false }), indentUnit.of('  '), syntaxHighlighting(COLOURS), EditorView.lineWrapping,
        linter(async (shown) => (await check(shown.state.doc.toString())).map((fault) => mark(shown, fault)), { delay: 300 }),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap.filter((one) => one.key !== 'Mod-Enter')]),
        EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
        EditorView.updateListener.of((update) => { if (update.docChanged) onchange(update.state.doc.toString()); }),
      ],
    }),
  });
  return { destroy: () => view.destroy() };
}
