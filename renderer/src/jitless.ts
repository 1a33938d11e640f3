import { z } from 'zod';

// The page's policy forbids eval, which zod tries when a schema is made: imported before anything that makes one.
z.config({ jitless: true });
