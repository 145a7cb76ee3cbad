/** How esbuild bundles the page of the report: one script and one style, which the report's HTML holds. */
export const pageBundle = {
  entryPoints: { page: 'lib/report/page/main.tsx', 'page-style': 'lib/report/page/style/style.css' },
  bundle: true,
  format: 'iife',
  minify: true,
  charset: 'ascii',
  target: ['es2022', 'chrome120', 'firefox120', 'safari17'],
  // light-dark() stays as it is: without it the page is light.
  supported: { nesting: true },
  jsx: 'automatic',
  jsxImportSource: 'preact',
  metafile: true,
  legalComments: 'none',
};
