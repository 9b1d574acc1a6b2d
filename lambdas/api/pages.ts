import * as v from 'valibot';
import { isProblemCode, problems } from '../errors.ts';
import { file, formBody, json, notModified, query, route, seeOther } from './contract.ts';
import { consentStartProblems, storageProblems } from './problem-sets.ts';
import { namedLink, problemPageQuery } from './requests/consent.ts';
import { codeChallenge, googleAddress } from './samples.ts';

const html = '<!doctype html>…';

const link = { link: { words: 'The secret of the link.', example: codeChallenge } };

/** The pages, and the files that they load. */
export const pages = [
  route({
    keys: { 'GET /': { id: 'getPage', summary: 'The page' } },
    description: 'Connect, search, read, sync, disconnect, through the routes described here.',
    rules:
      'Its address contains what it shows: `q`, `label`, `source=copy`, `from`, `to`, `message`, `page`.',
    caller: 'anybody',
    answers: [file('text/html', 'The page.', html)],
    problems: storageProblems,
  }),
  route({
    keys: { 'GET /page.js': { id: 'getPageScript', summary: 'Its script' } },
    description: 'Loaded by the page at `/`.',
    caller: 'anybody',
    answers: [file('text/javascript', 'The script.', '…'), notModified],
  }),
  route({
    keys: { 'GET /page.css': { id: 'getPageStyle', summary: 'Its style sheet' } },
    description: 'Loaded by every page of the site.',
    caller: 'anybody',
    answers: [file('text/css', 'The style sheet.', '…'), notModified],
  }),
  route({
    keys: { 'GET /auth/problem': { id: 'getProblem', summary: 'A problem in words' } },
    description: 'The target of a failed callback. The response has the status of the problem.',
    caller: 'anybody',
    query: query(problemPageQuery, {
      problem: { words: 'The code of the problem.', example: 'access_denied' },
      return_to: { words: 'Where a new consent returns to.', example: '/messages' },
      code_challenge: 'The challenge of the application on another origin that it returns to.',
      invited: 'The consent started with a connect link, and so must a new one.',
    }),
    answers: [seeOther('Without `problem`: to the start page.', '/')],
    problems: Object.keys(problems).filter(isProblemCode),
  }),
  route({
    keys: { 'GET /connect': { id: 'getConnectLink', summary: 'Open a connect link' } },
    description: 'Opening a connect link changes nothing and does not use it up.',
    caller: 'anybody',
    query: query(namedLink, link),
    answers: [file('text/html', 'Who asks, for what, until when; with a button to continue.', html)],
    problems: [...storageProblems, 'invalid_link'],
  }),
  route({
    keys: { 'POST /connect': { id: 'followConnectLink', summary: 'Follow a connect link' } },
    description:
      'The button of that page: starts the consent and binds the link to this browser. From other sites it is `cross_site`.',
    caller: 'anybody',
    body: formBody(namedLink, link, { link: codeChallenge }),
    answers: [seeOther('To Google.', googleAddress)],
    problems: [...consentStartProblems, 'invalid_link', 'cross_site'],
  }),
  route({
    keys: { 'GET /openapi.json': { id: 'getDescription', summary: 'This description' } },
    description: 'For programs.',
    caller: 'anybody',
    answers: [
      json(200, 'OpenAPI 3.1.', v.looseObject({ openapi: v.string() }), { openapi: '3.1.1' }),
      notModified,
    ],
  }),
  route({
    keys: { 'GET /docs': { id: 'getDocs', summary: 'This description, to read' } },
    description: 'One page without a script.',
    caller: 'anybody',
    answers: [file('text/html', 'The page.', html)],
  }),
  route({
    keys: { 'GET /docs.css': { id: 'getDocsStyle', summary: 'Its style sheet' } },
    description: 'Loaded by the page at `/docs`.',
    caller: 'anybody',
    answers: [file('text/css', 'The style sheet.', '…'), notModified],
  }),
] as const;
