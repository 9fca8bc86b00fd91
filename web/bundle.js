// bundle.js - makes the served directory: the page's modules as few small files, the
// licences of what they contain, and a .gz beside each.
//
//   app.js, style.css ──esbuild──►  app.js style.css  and a chunk for each view and language
//   index.html icon.svg, LICENSE of each package  ──►  copied
//
//   node bundle.js SOURCE NODE_MODULES TARGET VERSION [readable]
//
// An import that cannot be found ends the build; a file that nobody makes any more goes.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

const PLAIN = ['index.html', 'icon.svg'];
/** Every package that ends up in the page; the test holds this list against what is in it. */
const PACKAGES = ['preact', 'htm', '@preact/signals', '@preact/signals-core', 'uplot'];

const [source, modules, target, version, how] = process.argv.slice(2);
const licence_of = (name) => `${name.replace('@', '').replace('/', '-')}.txt`;
const esbuild = createRequire(join(modules, 'package.json'))('esbuild');

/** Indentation inside templates is text to the minifier; htm drops it, and a new line does as well. */
const flat = {
  name: 'flat',
  setup(build) {
    build.onLoad({ filter: /\.js$/ }, ({ path }) => (path.includes('node_modules') ? undefined
      : { contents: readFileSync(path, 'utf8').replace(/\n[ \t]+/g, '\n'), loader: 'js' }));
  },
};

const { metafile } = await esbuild.build({
  entryPoints: { app: join(source, 'app.js'), style: join(source, 'style.css') },
  nodePaths: [modules],
  outdir: target,
  chunkNames: 'chunk/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8', // Chinese as it is: escaped it weighs a quarter more
  minify: how !== 'readable',
  sourcemap: how === 'readable' ? 'inline' : false,
  legalComments: 'none',
  define: {
    OURO_PAGE_VERSION: JSON.stringify(version),
    OURO_PAGE_LIBRARIES: JSON.stringify(PACKAGES.map((name) => ({ name, file: licence_of(name) }))),
  },
  plugins: how === 'readable' ? [] : [flat],
  metafile: true,
  logLevel: 'warning',
});

const made = new Set(Object.keys(metafile.outputs).map((path) => relative(target, path)));
const put = (from, to) => {
  mkdirSync(dirname(join(target, to)), { recursive: true });
  copyFileSync(from, join(target, to));
  made.add(to);
};
for (const name of PLAIN) put(join(source, name), name);

const inside = new Set(Object.keys(metafile.inputs).flatMap((path) => {
  const found = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
  return found ? [found[1]] : [];
}));
for (const name of inside) {
  if (!PACKAGES.includes(name)) throw new Error(`${name} is in the page, but not among the packages of bundle.js`);
}
for (const name of PACKAGES) {
  if (!inside.has(name)) throw new Error(`bundle.js names ${name}, which is not in the page`);
  put(join(modules, name, 'LICENSE'), `licences/${licence_of(name)}`);
}

for (const name of made) writeFileSync(join(target, `${name}.gz`), gzipSync(readFileSync(join(target, name)), { level: 9 }));

function sweep(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) sweep(path);
    else if (!made.has(relative(target, path).replace(/\.gz$/, ''))) rmSync(path);
  }
}
sweep(target);
