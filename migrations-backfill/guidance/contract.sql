-- The end of the move: the legacy tables go. The views under guidance_compat read canonical tables and stay.
DROP SCHEMA IF EXISTS "guidance" CASCADE;
