/** Tags that lay out and say things: View, Header, Style. */
import { defineTag, h } from 'tagma';
import { dress } from './dress.js';

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
    const words = h('h2.config-header', { data: { size: String(size) } }, String(ctx.value('value') ?? ''));
    if (ctx.node.is('underline')) words.classList.add('underlined');
    dress(words, ctx.node.get('style'));
    host.append(words);
  },
});

export const style = defineTag({
  api: 1, tag: 'Style', kind: 'visual',
  mount(host, ctx) {
    // parsed alone first: what the browser gives back is whole rules, and none of them can end the scope
    const own = new CSSStyleSheet();
    own.replaceSync(ctx.node.text.replace(/url\s*\([^)]*\)/gi, 'none'));
    const rules = [...own.cssRules].filter((rule) => !(rule instanceof CSSImportRule)).map((rule) => rule.cssText).join('\n');
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`@scope (.tagma-config) { ${rules} }`);
    document.adoptedStyleSheets.push(sheet);
    host.hidden = true;
    ctx.cleanup(() => (document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet)));
  },
});
