import { readFileSync } from 'node:fs';
import type { PageAssets } from '#lib/report/formats/html.ts';

/** The program and the style of the page, which the build puts beside the functions that write one. */
export const pageAssets = (): PageAssets => {
  const textOf = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
  return { script: textOf('page.js'), style: textOf('page-style.css') };
};
