import { LOG_FIELDS } from '../../../src/log/fields.ts';
