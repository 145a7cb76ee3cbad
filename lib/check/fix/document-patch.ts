import { applyEdits, modify } from 'jsonc-parser';

/** One operation of a JSON Patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** A document after a JSON Patch; what the patch does not touch stays as it is written, line breaks and all. */
export function patched(text: string, operations: readonly PatchOperation[]): string {
  return operations.reduce(patchedOnce, text);
}

function patchedOnce(text: string, operation: PatchOperation): string {
  const path = operation.path.split('/').slice(1).map(segmentOf);
  const isInsertion = operation.op === 'add' && typeof path.at(-1) === 'number';
  const edits = modify(text, path, operation.op === 'remove' ? undefined : operation.value, {
    ...formattingOf(text),
    isArrayInsertion: isInsertion,
  });
  return applyEdits(text, edits);
}

/** Of a pointer; `-` stands for the place behind the last element. */
function segmentOf(segment: string): string | number {
  if (segment === '-') return -1;
  if (/^\d+$/.test(segment)) return Number(segment);
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** As the text is indented; a text on one line stays on one. */
function formattingOf(text: string) {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1];
  if (indent === undefined) return {};
  const insertSpaces = !indent.includes('\t');
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return { formattingOptions: { insertSpaces, tabSize: insertSpaces ? indent.length : 1, eol } };
}
