import { readFile } from 'node:fs/promises';
import type { PolicySource } from '@permission-check/iam-policy';
import { PolicyError, parsePolicy } from '@permission-check/iam-policy';
import { type Document, isNode, LineCounter, parseDocument, visit } from 'yaml';
import * as z from 'zod/mini';
import { describeSchemaError, fileProblem, InputError } from '#lib/errors.ts';
import { type GivenGuardrail, storedGuardrails } from './stored-guardrails.ts';
import type { Guardrails } from './types.ts';

const document = z.union(
  [z.string(), z.record(z.string(), z.unknown())],
  'expected a policy, or its JSON text',
);

const level = z
  .array(z.strictObject({ name: z.string(), document }))
  // Organizations keeps at least one policy at every level: an empty one would deny everything.
  .check(z.minLength(1, 'a level has at least one policy (AWS puts FullAWSAccess there)'));

const schema = z.strictObject({
  scps: z.optional(z.array(level)),
  rcps: z.optional(z.array(level)),
  'vpc-endpoints': z.optional(
    z.array(
      z.strictObject({
        id: z
          .string()
          .check(z.regex(/^vpce-[0-9a-z]+$/, 'the id of a VPC endpoint is like vpce-0123456789abcdef0')),
        document,
      }),
    ),
  ),
  'ai-services-opt-out': z.optional(z.enum(['yes', 'no'], 'expected yes or no')),
  'management-account': z.optional(
    z.string().check(z.regex(/^\d{12}$/, 'the id of an account has twelve digits')),
  ),
});

/** What is said where the file as a whole is at fault. */
const FORM = 'no guardrails file (keys: scps, rcps, vpc-endpoints, management-account, ai-services-opt-out)';

/**
 * What stands above the policies of an account, of its organization and of its networks, from a YAML or JSON file:
 *
 *     scps:                       # levels, the organization's root first, the account last
 *       - - name: FullAWSAccess
 *           document: { Version: 2012-10-17, Statement: [{ Effect: Allow, Action: "*", Resource: "*" }] }
 *       - - name: eu-only
 *           document: |           # JSON text is kept as it is
 *             { "Version": "2012-10-17", … }
 *     rcps: []
 *     vpc-endpoints:              # of com.amazonaws.REGION.rekognition; they bind what comes through them
 *       - id: vpce-0123456789abcdef0
 *         document: { Statement: [{ Effect: Allow, Principal: "*", Action: "rekognition:Detect*", Resource: "*" }] }
 *     management-account: 111122223333   # SCPs bind nobody in it
 *     ai-services-opt-out: yes           # the AI services policy in effect opts Rekognition out
 *
 * What AWS would not store, and what does not act on Rekognition, is left out; `warn` is told, a line each.
 *
 * @throws InputError with file and line.
 */
export async function guardrailsFromFile(
  path: string,
  warn: (line: string) => void = () => {},
): Promise<Guardrails> {
  const file = await readYaml(path);
  const { success, data, error } = z.safeParse(schema, dataOf(file));
  if (!success) {
    throw file.problemAt(error.issues[0]?.path ?? [], describeSchemaError(error, FORM));
  }
  const leave = (line: number, words: string) => warn(`${path}:${line}: ${words}`);
  const stored = (type: 'scp' | 'rcp') =>
    storedGuardrails(
      data[`${type}s`]?.map((level, index) =>
        level.map(({ name, document }, position) =>
          given({ name, type, document }, file, [`${type}s`, index, position]),
        ),
      ),
      leave,
    );
  const scps = stored('scp');
  const rcps = stored('rcp');
  const vpcEndpoints = storedGuardrails(endpointsOf(data, file), leave)?.flat();
  const managementAccount = data['management-account'];
  const optOut = data['ai-services-opt-out'];
  return {
    ...(scps && { scps }),
    ...(rcps && { rcps }),
    ...(vpcEndpoints && { vpcEndpoints }),
    ...(managementAccount !== undefined && { managementAccount }),
    ...(optOut !== undefined && { aiServicesOptOut: optOut === 'yes' }),
  };
}

/** The policies of VPC endpoints, each as a level of its own. */
function endpointsOf(
  { 'vpc-endpoints': endpoints }: z.infer<typeof schema>,
  file: YamlFile,
): GivenGuardrail[][] | undefined {
  return endpoints?.map(({ id, document }, index) => {
    const keys = ['vpc-endpoints', index];
    if (endpoints.findIndex((one) => one.id === id) < index) {
      throw file.problemAt(keys, `VPC endpoint ${id} stands here twice`);
    }
    return [given({ name: id, type: 'endpoint', document }, file, keys)];
  });
}

type GivenPolicy = Pick<PolicySource, 'name' | 'type'> & z.infer<typeof level>[number];

function given(
  { name, type, document }: GivenPolicy,
  file: YamlFile,
  keys: readonly PropertyKey[],
): GivenGuardrail {
  const text = typeof document === 'string' ? document : JSON.stringify(document, null, 4);
  try {
    return {
      source: { name, type, text },
      statements: parsePolicy(text).statements,
      line: file.lineAt(keys),
    };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw file.problemAt(keys, `${name}: ${error.message}`);
  }
}

/** A file that has been read, with where in it things stand: by the keys that lead to them. */
interface YamlFile {
  readonly yaml: Document;
  lineAt(keys: readonly PropertyKey[]): number;
  problemAt(keys: readonly PropertyKey[], message: string): InputError;
}

async function readYaml(path: string): Promise<YamlFile> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new InputError(`cannot read the guardrails file ${path}: ${fileProblem(error)}`);
  });
  if (text.includes('\0')) {
    throw new InputError(`${path}:1: the file is not UTF-8 text but, it seems, UTF-16: save it as UTF-8`);
  }
  const lines = new LineCounter();
  // In the failsafe schema every value is text, as it is to IAM: an account id keeps its zeros.
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'failsafe' });
  const problemAt = (offset: number, message: string) =>
    new InputError(`${path}:${lines.linePos(offset).line || 1}: ${message}`);
  const [malformed] = yaml.errors;
  if (malformed) throw problemAt(malformed.pos[0], malformed.message);
  visit(yaml, {
    Alias(_key, alias) {
      const name = alias.source;
      if (alias.resolve(yaml) === undefined) {
        throw problemAt(
          alias.range?.[0] ?? 0,
          `no anchor is called &${name}, so *${name} stands for nothing`,
        );
      }
    },
  });
  return {
    yaml,
    lineAt: (keys) => lines.linePos(offsetOf(yaml, keys)).line,
    problemAt: (keys, message) => problemAt(offsetOf(yaml, keys), message),
  };
}

/** The file as data; more aliases than a person writes are refused, as they can stand for any size. */
function dataOf({ yaml, problemAt }: YamlFile): unknown {
  try {
    return yaml.toJS();
  } catch (error) {
    throw problemAt([], error instanceof Error ? error.message : String(error));
  }
}

/** Where the value at these keys begins, or the nearest that has it in it. */
function offsetOf(yaml: Document, keys: readonly PropertyKey[]): number {
  for (let depth = keys.length; depth >= 0; depth--) {
    const node = yaml.getIn(keys.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
