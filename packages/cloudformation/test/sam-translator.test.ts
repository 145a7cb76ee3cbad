import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { expandServerless } from '../src/sam.ts';
import { parseTemplate } from '../src/yaml.ts';
import { sam } from './fixtures.ts';

const translator = `
import json, os, sys
os.environ['AWS_DEFAULT_REGION'] = 'us-east-1'
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse
class Loader:
    def load(self):
        return {n: 'arn:aws:iam::aws:policy/' + n for n in ['AmazonRekognitionReadOnlyAccess']}
print(json.dumps(transform(yaml_parse(sys.stdin.read()), {}, Loader())))
`;

function translate(text: string): string | undefined {
  try {
    return execFileSync('python3', ['-c', translator], {
      input: text,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}
const translated = translate(sam);

// AWS's own translator is a Python package that a machine may not have.
describe.skipIf(translated === undefined)("held against AWS's SAM translator", () => {
  it('generates the same resources', () => {
    const theirs = parseTemplate(translated ?? '').value.Resources;
    const scope = {
      ref: () => '',
      getAtt: () => '',
      condition: () => true,
      findInMap: () => '',
    };
    const ours = Object.fromEntries(expandServerless(parseTemplate(sam).value, scope));
    expect(normalized(ours)).toEqual(normalized(theirs));
  });
});

/** What differs in form only: tags, the code's place, ARNs that one side writes with Fn::Sub, variables' names. */
function normalized(value: unknown): unknown {
  const text = JSON.stringify(value, (key, item) => {
    if (key === 'Tags') return undefined;
    if (key === 'Code') return 'code';
    if (key === 'Resource' && Array.isArray(item) && item.length === 1) return item[0];
    return item;
  });
  return JSON.parse(
    text
      .replace(/\{"Fn::Sub":"arn:\$\{AWS::Partition\}:iam([^"]*)"\}/g, '"arn:aws:iam$1"')
      .replace(/"(queueName|tableName)":/g, '"value":')
      .replace(/\$\{(queueName|tableName)\}/g, '${value}'),
  );
}
