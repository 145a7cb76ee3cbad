import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '#test/support/handler-bundles.ts';
import { deployedWith, everything, written } from '#test/support/template.ts';

/** Reads the part of TOML that samconfig.toml is written in: tables, and values that are JSON too. */
function parse(text: string): Record<string, Record<string, unknown>> {
  const tables: Record<string, Record<string, unknown>> = {};
  let table = '';
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const [, header] = /^\[([\w.]+)\]$/.exec(line) ?? [];
    const [, key, value] = /^(\w+) = (.+)$/.exec(line) ?? [];
    if (header !== undefined) table = header;
    else if (key !== undefined && value !== undefined)
      tables[table] = { ...tables[table], [key]: JSON.parse(value) };
    else throw new Error(`samconfig.toml line ${index + 1} is not understood: ${line}`);
  }
  return tables;
}

describe('samconfig.toml', () => {
  const config = parse(readFileSync(join(root, 'samconfig.toml'), 'utf8'));
  const deploy = config['default.deploy.parameters'] ?? {};

  it('has the version that SAM reads, and a name for the stack', () => {
    expect(config['']).toEqual({ version: 0.1 });
    expect(config['default.global.parameters']?.stack_name).toMatch(/^[a-zA-Z][\w-]*$/);
  });

  it('deploys to a Region that the template takes', () => {
    // Only what is global reaches every command: `sam remote invoke` must find the stack where it was deployed.
    const region = config['default.global.parameters']?.region;
    expect(() => deployedWith({}, String(region))).not.toThrow();
  });

  it('takes the template that the build is for, and no older one of `sam build`', () => {
    expect(config['default.global.parameters']?.template_file).toBe('template.yaml');
  });

  it('acknowledges what the template makes', () => {
    const named = [...everything.resources.values()].filter(
      ({ type, properties }) => type === 'AWS::IAM::Role' && properties.RoleName !== undefined,
    );
    expect(deploy.capabilities).toBe(named.length > 0 ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM');
  });

  it('overrides parameters that exist', () => {
    const overrides = [deploy.parameter_overrides ?? []].flat().map((one) => String(one).split('=')[0]);
    expect(Object.keys(written.Parameters)).toEqual(expect.arrayContaining(overrides));
  });
});
