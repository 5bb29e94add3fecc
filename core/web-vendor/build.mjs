/**
 * Bundle the third-party libraries of package-lock.json into one folder the browser loads from:
 *
 *     node build.mjs ../tagma/web/vendor
 *
 * Our own modules, the core's and every plugin's, are never bundled: what one reads is what runs.
 */
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2];
const modules = join(here, 'node_modules');

/** What the import map says, and the file that answers. */
const bundles = {
  'lit.js': { entry: 'src/lit.js', names: ['lit', ...(await directives())] },
  'signals-core.js': { entry: '@preact/signals-core', names: ['@preact/signals-core'] },
  'flatbush.js': { entry: 'flatbush', names: ['flatbush'] },
  'd3.js': { entry: 'src/d3.js', names: ['d3-bundle'] },
  'codemirror.js': { entry: 'src/codemirror.js', names: ['codemirror-bundle'] },
};

/** The names `lit/directives/….js` that src/lit.js gathers. */
async function directives() {
  const source = await readFile(join(here, 'src/lit.js'), 'utf8');
  return [...source.matchAll(/'(lit\/directives\/[^']+)'/g)].map((match) => match[1]);
}

async function iconSprite() {
  const names = (await readFile(join(here, 'icons.txt'), 'utf8')).split('\n').filter((line) => line && !line.startsWith('#'));
  const symbols = names.map(async (name) => {
    const svg = await readFile(join(modules, 'lucide-static/icons', `${name}.svg`), 'utf8');
    const shapes = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'));
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" `
      + `stroke-linecap="round" stroke-linejoin="round">${shapes.replace(/\s*\n\s*/g, '')}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${(await Promise.all(symbols)).join('\n')}\n</svg>\n`;
}

/** The licences of what we pass on, as they ask for. */
async function licences() {
  const lock = JSON.parse(await readFile(join(here, 'package-lock.json'), 'utf8'));
  const passedOn = Object.entries(lock.packages).filter(([path, entry]) => path && !entry.dev && !entry.optional);
  const texts = passedOn.map(async ([path, entry]) => {
    const files = await readdir(join(here, path)).catch(() => []);
    const file = files.find((name) => /^licen[cs]e/i.test(name));
    const text = file ? await readFile(join(here, path, file), 'utf8') : `Licence: ${entry.license}\n`;
    return `${path.replace(/^.*node_modules\//, '')} ${entry.version}\n\n${text}`;
  });
  return (await Promise.all(texts)).join('\n' + '-'.repeat(78) + '\n\n');
}

const partial = `${target}.partial`;
await rm(partial, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: Object.entries(bundles).map(([file, { entry }]) => ({ in: entry, out: file.replace(/\.js$/, '') })),
  outdir: partial,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});
await writeFile(join(partial, 'icons.svg'), await iconSprite());
await writeFile(join(partial, 'LICENCES.txt'), await licences());
const names = Object.entries(bundles).flatMap(([file, { names }]) => names.map((name) => [name, file]));
await writeFile(join(partial, 'vendor.json'), JSON.stringify(Object.fromEntries(names), null, 2) + '\n');
if (process.argv[3]) await writeFile(join(partial, 'stamp'), process.argv[3]);
await rm(target, { recursive: true, force: true });
await rename(partial, target);
