import { describe, expect, it } from 'vitest';
import { NOT_A_RESOURCE } from '#lib/reach/wildcards.ts';

const wildcard = new RegExp(`${NOT_A_RESOURCE}"[*?]`);

describe('a cheap look for actions that begin with a wildcard', () => {
  it.each([
    '{"Effect":"Allow","Action":"*","Resource":"*"}',
    '{"Effect":"Allow","Resource":"*","Action":"*"}',
    '{"Effect":"Allow","Resource" : [ "*" ],"Action":["s3:Get","?am:PassRole"]}',
    '{"Resource":["a","*"]}',
    '{"NotResource":"*"}',
  ])('sees %s', (text) => {
    expect(wildcard.test(text)).toBe(true);
  });

  it.each([
    '{"Effect":"Allow","Action":"s3:*","Resource":"*"}',
    '{"Effect":"Allow","Action":["s3:*"],"Resource" :\n [\n "*" ]}',
  ])('passes over %s', (text) => {
    expect(wildcard.test(text)).toBe(false);
  });
});
