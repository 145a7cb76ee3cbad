import { type Document, isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import { inLayoutOf } from './keep-layout.ts';
import type { SuppressionInput } from './schema.ts';

/** The text of an expectations file with suppressions written into it, behind those that it has. Comments and layout stay. */
export function suppressIn(text: string, suppressions: readonly SuppressionInput[]): string {
  const document: Document = parseDocument(text, { stringKeys: true });
  if (document.contents === null) document.contents = document.createNode({});
  const known = document.getIn(['suppress'], true);
  const entries = suppressions.map((one) => {
    const entry = document.createNode(one);
    const actions = entry.get('actions', true);
    if (isSeq(actions)) actions.flow = true;
    return entry;
  });
  if (isSeq(known)) {
    if (known.items.length === 0) known.flow = false;
    known.items.push(...entries);
  } else document.setIn(['suppress'], document.createNode(entries));
  return inLayoutOf(text, document);
}

/**
 * The text of an expectations file with suppressions renewed: those that begin on these lines.
 *
 * @param lines from 1
 */
export function renewIn(
  text: string,
  lines: readonly number[],
  renewed: Pick<SuppressionInput, 'reason' | 'owner' | 'until'>,
): string {
  if (lines.length === 0) return text;
  const lineCounter = new LineCounter();
  const document: Document = parseDocument(text, { lineCounter, stringKeys: true });
  const known = document.getIn(['suppress'], true);
  for (const item of isSeq(known) ? known.items : []) {
    if (!isMap(item) || !lines.includes(lineCounter.linePos(item.range?.[0] ?? 0).line)) continue;
    for (const [key, value] of Object.entries(renewed)) item.set(key, value);
  }
  return inLayoutOf(text, document);
}
