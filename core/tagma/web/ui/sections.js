/** Anchors at the left: the section on screen is marked. */
export function followSections() {
  const links = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll('.sections-nav a')]);
  const targets = links.map((link) => document.querySelector(link.hash));
  const mark = () => {
    const passed = targets.filter((target) => target && target.getBoundingClientRect().top < 160).length;
    const end = scrollY > 0 && innerHeight + scrollY >= document.documentElement.scrollHeight - 4;
    const at = end ? targets.length - 1 : Math.max(0, passed - 1);
    links.forEach((link, index) => (index === at ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current')));
  };
  addEventListener('scroll', mark, { passive: true });
  mark();
}
