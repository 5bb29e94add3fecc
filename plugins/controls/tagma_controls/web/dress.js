const UNSAFE = /url\s*\(|expression\s*\(|@import|image-set\s*\(|javascript:|position\s*:\s*(fixed|sticky)/i;

/** A config's `style` attribute through the CSSOM, so that no inline style is needed. @param {HTMLElement} element @param {unknown} text */
export function dress(element, text) {
  for (const rule of String(text ?? '').split(';')) {
    const [name, ...rest] = rule.split(':');
    const value = rest.join(':').trim();
    if (!value || UNSAFE.test(rule)) continue;
    const important = /!\s*important$/i.test(value);
    element.style.setProperty(name.trim(), value.replace(/\s*!\s*important$/i, ''), important ? 'important' : '');
  }
}
