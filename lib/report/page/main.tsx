import { render } from 'preact';
import type { JsonReport } from '../json.ts';
import { App } from './app.tsx';
import { modelOf } from './model.ts';

const data = document.getElementById('report');
const place = document.getElementById('app');
if (!(data instanceof HTMLScriptElement) || place === null) throw new Error('the page holds no report');
show(data, place);

async function show({ textContent, type }: HTMLScriptElement, into: HTMLElement): Promise<void> {
  const text = textContent ?? '';
  // The page and the report in it are written by one program.
  const report: JsonReport = JSON.parse(type === 'text/plain' ? await unpacked(text) : text);
  render(<App model={modelOf(report)} />, into);
}

/** The text that gzip and base64 have made of a report (formats/html.ts). */
function unpacked(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}
