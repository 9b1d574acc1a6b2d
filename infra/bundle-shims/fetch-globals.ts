export { FormData, Headers } from 'node-fetch';
