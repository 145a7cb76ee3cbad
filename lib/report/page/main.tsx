import { render } from 'preact';
import type { JsonReport } from '../json.ts';
import { App } from './app.tsx';
import { historyReader } from './histories.ts';
import { modelOf } from './model.ts';
import { unpacked } from './unpacked.ts';

const data = document.getElementById('report');
const place = document.getElementById('app');
if (!(data instanceof HTMLScriptElement) || place === null) throw new Error('the page holds no report');
show(data, place);

async function show({ textContent, type }: HTMLScriptElement, into: HTMLElement): Promise<void> {
  const text = textContent ?? '';
  // The page and the report in it are written by one program.
  const report: JsonReport = JSON.parse(type === 'text/plain' ? await unpacked(text) : text);
  const parts = document.getElementById('histories')?.textContent ?? undefined;
  render(<App model={modelOf(report, historyReader(report, parts))} />, into);
}
