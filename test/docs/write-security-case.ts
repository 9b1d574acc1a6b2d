/** `npm run docs`: writes the lists of the security case. */
import { writeFileSync } from 'node:fs';
import { securityCase, securityCaseFile } from './security-case.ts';

writeFileSync(securityCaseFile, securityCase());
