/** Tags that lay out and say things: View, Header, Style. */
import { defineTag, h } from 'tagma';

const UNSAFE = /url\s*\(|expression\s*\(|@import|image-set\s*\(|javascript:|position\s*:\s*(fixed|sticky)/i;

/** A config's `style` attribute through the CSSOM, so that no inline style is needed. @param {HTMLElement} element @param {unknown} text */
function dress(element, text) {
  for (const rule of String(text ?? '').split(';')) {
    const [name, ...rest] = rule.split(':');
    const value = rest.join(':').trim();
    if (!value || UNSAFE.test(rule)) continue;
    const important = /!\s*important$/i.test(value);
    element.style.setProperty(name.trim(), value.replace(/\s*!\s*important$/i, ''), important ? 'important' : '');
  }
}

export default defineTag({
  api: 1, tag: 'View', kind: 'visual',
  mount(host, ctx) {
    const { node } = ctx;
    const styled = node.get('style') || node.get('className') || String(node.get('display')) === 'inline';
    host.classList.add(styled ? 'view-styled' : 'view-plain');
    host.classList.toggle('view-inline', String(node.get('display')) === 'inline');
    for (const name of String(node.get('className') ?? '').split(/\s+/).filter(Boolean)) host.classList.add(name);
    if (node.get('idAttr')) host.id = String(node.get('idAttr'));
    dress(host, node.get('style'));
    ctx.mountChildren(host);
  },
});

export const header = defineTag({
  api: 1, tag: 'Header', kind: 'visual',
  mount(host, ctx) {
    const size = Math.min(Math.max(Math.round(ctx.node.number('size', 4)), 1), 5);
    const words = h(`h${Math.min(size + 1, 6)}.config-header`, { data: { size: String(size) } }, String(ctx.value('value') ?? ''));
    if (ctx.node.is('underline')) words.classList.add('underlined');
    dress(words, ctx.node.get('style'));
    host.append(words);
  },
});

export const style = defineTag({
  api: 1, tag: 'Style', kind: 'visual',
  mount(host, ctx) {
    const sheet = new CSSStyleSheet();
    const text = ctx.node.text.replace(/@import[^;]*;/gi, '').replace(/url\s*\([^)]*\)/gi, 'none');
    sheet.replaceSync(`@scope (.tagma-config) { ${text.replace(/<\/?style[^>]*>/gi, '')} }`);
    document.adoptedStyleSheets.push(sheet);
    host.hidden = true;
    ctx.cleanup(() => (document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet)));
  },
});
