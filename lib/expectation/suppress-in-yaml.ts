import { type Document, isSeq, parseDocument } from 'yaml';
import type { SuppressionInput } from './schema.ts';
import { layoutOf } from './yaml-layout.ts';

/** The text of an expectations file with suppressions written into it, behind those that it has. Comments stay. */
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
  return document.toString(layoutOf(text));
}
