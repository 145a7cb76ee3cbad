import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';

export const EXAMPLE = '../shared/data/example-account-authorization-details.json';
const MANAGED = '../shared/data/aws-managed-policies.json';

/** Whether the real input that synthetic accounts are made of is there. */
export const hasRealInput = (): boolean => existsSync(EXAMPLE) && existsSync(MANAGED);

const entity = z.looseObject({ Arn: z.string(), Path: z.string() });
const example = z.object({
  UserDetailList: z.array(entity),
  GroupDetailList: z.array(entity),
  RoleDetailList: z.array(entity),
  Policies: z.array(entity),
});
const managed = z.record(
  z.string(),
  z.object({ VersionId: z.string(), CreateDate: z.string(), Document: z.unknown() }),
);

/** Numbers that are the same in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Teams whose members have the same managed policies. */
const TEAMS = 300;
/** One team in so many has a Rekognition managed policy among its own. */
const VISION_TEAM = 20;

/**
 * Writes an account of that many principals as the AWS CLI prints it: 30 % users, 70 % roles, named and tagged one by
 * one. Of a hundred,
 *
 * - 60 have the policies of a principal of the example account;
 * - 30 are of one of 300 teams, large ones and small ones, each with one to four AWS managed policies beside the
 *   inline policies, groups and boundary of the principal of the example account;
 * - 10 have an inline policy that nobody else has, for a bucket and a table of their own, and one of these also for
 *   face collections of its own. So the distinct policy sets grow with the account.
 */
export async function writeSyntheticAccount(path: string, principals: number): Promise<void> {
  const real = example.parse(JSON.parse(readFileSync(EXAMPLE, 'utf8')));
  const policies = Object.entries(managed.parse(JSON.parse(readFileSync(MANAGED, 'utf8'))));
  const accountId = '123456789012';
  const random = randomNumbers(principals);
  const teams = policiesOfTeams(policies, random);
  const users = Math.round(principals * 0.3);

  function principal(kind: 'User' | 'Role', index: number): object {
    const list = kind === 'User' ? real.UserDetailList : real.RoleDetailList;
    const { Arn: _, ...model } = list[index % list.length] ?? {};
    const name = `${kind.toLowerCase()}-${index}`;
    const Path = index % 3 === 0 ? '/' : `/team-${index % 40}/`;
    const named = {
      ...model,
      Path,
      [`${kind}Name`]: name,
      [`${kind}Id`]: `${kind === 'User' ? 'AIDA' : 'AROA'}${String(index).padStart(17, '0')}`,
      Arn: `arn:aws:iam::${accountId}:${kind.toLowerCase()}${Path}${name}`,
      Tags: [
        { Key: 'team', Value: `team-${index % 40}` },
        { Key: 'cost-center', Value: String(index % 900) },
      ],
    };
    const turn = index % 10;
    if (turn < 6) return named;
    if (turn < 9) {
      const team = Math.min(random(TEAMS), random(TEAMS));
      return { ...named, AttachedManagedPolicies: teams[team] };
    }
    const PolicyDocument = ownPolicy(accountId, name, index % 100 === 9);
    return { ...named, [`${kind}PolicyList`]: [{ PolicyName: 'own', PolicyDocument }] };
  }

  const out = createWriteStream(path);
  async function list(name: string, count: number, element: (index: number) => object, last = false) {
    out.write(`    "${name}": [`);
    for (let index = 0; index < count; index++) {
      const text = JSON.stringify(element(index), null, 4).replaceAll('\n', '\n        ');
      if (!out.write(`${index === 0 ? '' : ','}\n        ${text}`)) await once(out, 'drain');
    }
    out.write(`\n    ]${last ? '' : ','}\n`);
  }
  out.write('{\n');
  await list('UserDetailList', users, (index) => principal('User', index));
  await list('GroupDetailList', real.GroupDetailList.length, (index) => real.GroupDetailList[index] ?? {});
  await list('RoleDetailList', principals - users, (index) => principal('Role', index));
  const known = new Set(policies.map(([name]) => `arn:aws:iam::aws:policy/${name}`));
  const all = [...real.Policies.filter(({ Arn }) => !known.has(Arn)), ...policies.map(managedPolicy)];
  await list('Policies', all.length, (index) => all[index] ?? {}, true);
  out.end('}\n');
  await once(out, 'finish');
}

type ManagedPolicies = readonly [name: string, policy: z.infer<typeof managed>[string]][];

/** For each team, one to four AWS managed policies. */
function policiesOfTeams(policies: ManagedPolicies, random: (below: number) => number) {
  const vision = policies.filter(([name]) => name.startsWith('AmazonRekognition'));
  return Array.from({ length: TEAMS }, (_, team) => {
    const names = Array.from({ length: 1 + random(4) }, (_, place) => {
      const from = team % VISION_TEAM === 0 && place === 0 ? vision : policies;
      return from[random(from.length)]?.[0] ?? '';
    });
    return [...new Set(names)].map((PolicyName) => ({
      PolicyName,
      PolicyArn: `arn:aws:iam::aws:policy/${PolicyName}`,
    }));
  });
}

/** An inline policy that nobody else has. */
function ownPolicy(accountId: string, name: string, withFaces: boolean): object {
  const data = {
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:PutObject'],
    Resource: `arn:aws:s3:::data-${name}/*`,
  };
  const table = {
    Effect: 'Allow',
    Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
    Resource: `arn:aws:dynamodb:*:${accountId}:table/${name}`,
  };
  const faces = {
    Effect: 'Allow',
    Action: ['rekognition:SearchFacesByImage', 'rekognition:ListFaces'],
    Resource: `arn:aws:rekognition:*:${accountId}:collection/${name}-*`,
  };
  return { Version: '2012-10-17', Statement: withFaces ? [data, table, faces] : [data, table] };
}

function managedPolicy([name, { VersionId, CreateDate, Document }]: ManagedPolicies[number]): object {
  return {
    PolicyName: name,
    PolicyId: `ANPA${name}`,
    Arn: `arn:aws:iam::aws:policy/${name}`,
    Path: '/',
    DefaultVersionId: VersionId,
    AttachmentCount: 1,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate,
    UpdateDate: CreateDate,
    PolicyVersionList: [{ Document, VersionId, IsDefaultVersion: true, CreateDate }],
  };
}
