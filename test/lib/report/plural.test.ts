import { expect, it } from 'vitest';
import { pluralOf } from '#lib/report/plural.ts';

it.each([
  [
    'is now covered by rule e.yaml:2 (nothing) because its own tags changed; its access is the same',
    'are now covered by rule e.yaml:2 (nothing) because their own tags changed; their access is the same',
  ],
  ['was deleted', 'were deleted'],
  ['has agreeing answers again: delete faces', 'have agreeing answers again: delete faces'],
  ['can now give itself what it lacks: delete faces', 'can now give themselves what they lack: delete faces'],
  ['can no longer search faces', 'can no longer search faces'],
])('%s', (one, several) => {
  expect(pluralOf(one)).toBe(several);
});
