import { AwsError } from '../types.ts';
import {
  type Call,
  collectionOf,
  FACE_MODEL,
  invalid,
  notFound,
  type Operation,
  page,
  readImage,
  required,
  seconds,
} from './call.ts';
import { listOf, textsByKey } from './input.ts';

function userOf(call: Call): string {
  const { users } = collectionOf(call);
  const id = required(call, 'UserId');
  if (!users.has(id)) throw notFound(`The user id: ${id} does not exist`);
  return id;
}

/** Collections, their faces (none are ever found) and their users. */
export const COLLECTION_OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateCollection: (call) => {
    const id = required(call, 'CollectionId');
    if (call.state.collections.has(id)) {
      throw new AwsError('ResourceAlreadyExistsException', `The collection id: ${id} already exists`);
    }
    const arn = call.arn(`collection/${id}`);
    call.state.addCollection(id, arn, call.now);
    call.state.tags.set(arn, new Map(Object.entries(textsByKey(call.input, 'Tags'))));
    return { StatusCode: 200, CollectionArn: arn, FaceModelVersion: FACE_MODEL };
  },
  DeleteCollection: (call) => {
    const { arn } = collectionOf(call);
    call.state.collections.delete(required(call, 'CollectionId'));
    call.state.tags.delete(arn);
    return { StatusCode: 200 };
  },
  DescribeCollection: (call) => {
    const { arn, created, users } = collectionOf(call);
    return {
      FaceCount: 0,
      FaceModelVersion: FACE_MODEL,
      CollectionARN: arn,
      CreationTimestamp: seconds(created),
      UserCount: users.size,
    };
  },
  ListCollections: (call) => {
    const { rows, ...rest } = page(call, [...call.state.collections.keys()]);
    return { CollectionIds: rows, FaceModelVersions: rows.map(() => FACE_MODEL), ...rest };
  },
  DeleteFaces: (call) => {
    collectionOf(call);
    const UnsuccessfulFaceDeletions = listOf(call.input, 'FaceIds').map((FaceId) => ({
      FaceId,
      Reasons: ['FACE_NOT_FOUND'],
    }));
    return { DeletedFaces: [], UnsuccessfulFaceDeletions };
  },
  IndexFaces: (call) => {
    collectionOf(call);
    readImage(call);
    return { FaceRecords: [], UnindexedFaces: [], FaceModelVersion: FACE_MODEL };
  },
  ListFaces: (call) => {
    collectionOf(call);
    return { Faces: [], FaceModelVersion: FACE_MODEL };
  },
  SearchFaces: (call) => {
    collectionOf(call);
    throw invalid('faceId was not found in the collection.');
  },
  SearchFacesByImage: (call) => {
    collectionOf(call);
    readImage(call);
    throw invalid('There are no faces in the image. Should be at least 1.');
  },
  SearchUsersByImage: (call) => {
    collectionOf(call);
    readImage(call);
    throw invalid('There are no faces in the image. Should be at least 1.');
  },
  SearchUsers: (call) => {
    collectionOf(call);
    return { UserMatches: [], FaceModelVersion: FACE_MODEL };
  },
  CreateUser: (call) => {
    const { users } = collectionOf(call);
    const id = required(call, 'UserId');
    if (users.has(id)) throw new AwsError('ConflictException', `The user id: ${id} already exists`);
    users.add(id);
    return {};
  },
  DeleteUser: (call) => {
    const id = userOf(call);
    collectionOf(call).users.delete(id);
    return {};
  },
  ListUsers: (call) => {
    const { rows, ...rest } = page(call, [...collectionOf(call).users]);
    return { Users: rows.map((UserId) => ({ UserId, UserStatus: 'CREATED' })), ...rest };
  },
  AssociateFaces: (call) => {
    userOf(call);
    return { AssociatedFaces: [], UnsuccessfulFaceAssociations: [], UserStatus: 'CREATED' };
  },
  DisassociateFaces: (call) => {
    userOf(call);
    return { DisassociatedFaces: [], UnsuccessfulFaceDisassociations: [], UserStatus: 'CREATED' };
  },
};
