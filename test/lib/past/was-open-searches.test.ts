import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { PolicyEdit } from '#lib/change/types.ts';
import { compareAccess } from '#lib/past/access-change.ts';
import { deletes, detects, inline, opened, put } from './opened.ts';

vi.mock('#lib/past/access-change.ts', { spy: true });

beforeEach(() => {
  vi.mocked(compareAccess).mockClear();
});

describe('what was open between two looks takes no search', () => {
  const past = [inline('a', detects)];

  it('after edits that leave the access as it is written', () => {
    const edits = Array.from({ length: 20 }, (_, n): PolicyEdit => ({ act: 'tag', tags: { round: `${n}` } }));
    expect(opened({ past, edits })).toEqual([]);
    expect(compareAccess).not.toHaveBeenCalled();
  });

  it('but for the state that differs', () => {
    const edits: PolicyEdit[] = [
      { act: 'tag', tags: { round: '1' } },
      put('a', detects, deletes),
      put('a', detects),
      { act: 'tag', tags: { round: '2' } },
    ];
    expect(opened({ past, edits })).toEqual(['access-was-open DeleteFaces 12:01-12:02']);
    expect(vi.mocked(compareAccess).mock.calls.length).toBeLessThanOrEqual(3);
  });
});
