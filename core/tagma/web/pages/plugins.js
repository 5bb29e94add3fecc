/** Plugins: rows open to what they add, or to what happened and what now. */
import { copy } from 'tagma/ui/copy.js';

document.querySelector('.plugins')?.addEventListener('click', (event) => {
  const target = /** @type {Element} */ (event.target);
  const report = /** @type {HTMLElement | null} */ (target.closest('[data-copy]'))?.dataset.copy;
  if (report) copy(document.getElementById(report)?.textContent?.trim() ?? '');
  const name = target.closest('tr:not(.plugin-open)')?.querySelector('.plugin-name');
  if (!name) return;
  const open = name.getAttribute('aria-expanded') !== 'true';
  name.setAttribute('aria-expanded', String(open));
  const why = document.getElementById(name.getAttribute('aria-controls') ?? '');
  if (why) why.hidden = !open;
});
