-- Takes away what expand.sql made.
DROP SCHEMA IF EXISTS "guidance_compat" CASCADE;
