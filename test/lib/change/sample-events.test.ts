import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readChange } from './event.ts';

const samples = new URL('../../../events/cloudtrail/', import.meta.url);

describe('the sample events', () => {
  it.each(readdirSync(samples))('%s is read', (file) => {
    const read = readChange(JSON.parse(readFileSync(new URL(file, samples), 'utf8')));
    expect(read.kind).toBe(/denied|another-account/.test(file) ? 'ignored' : 'relevant');
  });
});
