import { describe, expect, it } from 'vitest';
import { builtInExpectations, parseExpectations } from '#lib/expectation/parse.ts';
import { expectations } from './fixtures.ts';

describe('the baseline', () => {
  it('has the Region of the file, with a warning when another was asked for', () => {
    const options = { region: 'eu-west-1' };
    expect(parseExpectations('default: []', 'e.yaml', options).expectations.baseline.region).toBe(
      'eu-west-1',
    );
    const { expectations: read, diagnostics } = parseExpectations('region: us-west-2', 'e.yaml', options);
    expect(read.baseline.region).toBe('us-west-2');
    expect(diagnostics).toEqual([
      {
        severity: 'warning',
        message: 'region: used, although the check was started for eu-west-1',
        location: { file: 'e.yaml', line: 1 },
      },
    ]);
  });

  it('has MFA, TLS, a direct call, the time and the Region by default, and no source IP', () => {
    expect(
      builtInExpectations({ region: 'eu-west-1', now: new Date('2026-11-24T12:00:00Z') }).baseline,
    ).toEqual({
      region: 'eu-west-1',
      context: {
        'aws:MultiFactorAuthPresent': 'true',
        'aws:SecureTransport': 'true',
        'aws:ViaAWSService': 'false',
        'aws:RequestedRegion': 'eu-west-1',
        'aws:CurrentTime': '2026-11-24T12:00:00Z',
        'aws:EpochTime': '1795521600',
      },
    });
  });

  it('has a list of what always has one, of a single value, too', () => {
    const { baseline } = expectations('context: { aws:TagKeys: team, aws:SourceVpc: vpc-1 }');
    expect(baseline.context['aws:TagKeys']).toEqual(['team']);
    expect(baseline.context['aws:SourceVpc']).toBe('vpc-1');
  });

  it('keeps what the file says, in any case of the key, as text', () => {
    const { baseline } = expectations(
      'region: eu-west-2\ncontext:\n  aws:securetransport: false\n  aws:SourceAccount: 012345678901\n  aws:TagKeys: [a, 1]\n  aws:CurrentTime: 2026-01-01T00:00:00Z\n',
    );
    expect(baseline.region).toBe('eu-west-2');
    expect(baseline.context).toEqual({
      'aws:MultiFactorAuthPresent': 'true',
      'aws:securetransport': 'false',
      'aws:SourceAccount': '012345678901',
      'aws:TagKeys': ['a', '1'],
      'aws:ViaAWSService': 'false',
      'aws:RequestedRegion': 'eu-west-2',
      'aws:CurrentTime': '2026-01-01T00:00:00Z',
      'aws:EpochTime': '1767225600',
    });
  });
});
