"""Policies, functions and triggers of migration 0006, as SQL; like the migration they are never changed.

`{portal}` stands for the portal's role.
"""

__all__ = ["ACCOUNT_CHANGES", "AUDIT", "POLICIES", "SCOPE", "SESSIONS", "TAKE_BACK"]

SCOPE = """
-- Who is looking, as `portal_session_scope` has said for this transaction: NULL where nothing was said.
CREATE FUNCTION portal_user() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('bangfu.user', true), '')
$$;
CREATE FUNCTION portal_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('bangfu.role', true), '')
$$;
CREATE FUNCTION portal_area() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('bangfu.area', true) ~ '^[0-9]{2}([0-9]{2}){0,2}$'
           THEN current_setting('bangfu.area', true) END
$$;

-- The area whose persons may be seen: NULL for a role that sees nobody.
CREATE FUNCTION portal_person_area() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT portal_area() WHERE portal_user() IS NOT NULL
        AND portal_role() IN ('county_officer', 'approver', 'prefecture_officer', 'province_officer')
$$;

-- The union whose cases alone may be seen, '*' for every union of the area.
CREATE FUNCTION portal_union() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('bangfu.union', true), '')
$$;

-- Whether a person of a county and an owning union is within them. The policies give (SELECT portal_person_area()) and
-- (SELECT portal_union()), which PostgreSQL asks once a statement; asked once a row, they double the cost of a long list.
CREATE FUNCTION portal_may_see(county_code text, owner_union text, area text, of_union text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT starts_with(county_code, area) AND of_union IN ('*', owner_union)
$$;

-- Whether an account is in the area of an administrator or auditor; the province's keep every account.
CREATE FUNCTION portal_keeps(area_code text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT length(portal_area()) = 2 OR starts_with(area_code, portal_area())
$$;
"""

POLICIES = """
DROP POLICY candidate_portal ON candidate;
CREATE POLICY candidate_portal ON candidate FOR SELECT TO {portal} USING (
    status = 'published'
    AND portal_may_see(county_code, owner_union, (SELECT portal_person_area()), (SELECT portal_union()))
);
REVOKE SELECT ON candidate_list FROM {portal};

CREATE POLICY app_user_portal ON app_user FOR SELECT TO {portal} USING (
    username = portal_user()
    OR (portal_role() IN ('system_administrator', 'security_administrator') AND portal_keeps(area_code))
);
GRANT SELECT (union_name, failed_logins, locked_until) ON app_user TO {portal};

CREATE POLICY portal_session_own ON portal_session TO {portal}
    USING (username = portal_user()) WITH CHECK (username = portal_user());
CREATE POLICY portal_session_seen ON portal_session FOR SELECT TO {portal} USING (
    portal_role() = 'security_administrator'
    AND EXISTS (SELECT FROM app_user WHERE app_user.username = portal_session.username)
);
CREATE POLICY portal_session_ended ON portal_session FOR UPDATE TO {portal} USING (
    portal_role() = 'security_administrator'
    AND EXISTS (SELECT FROM app_user WHERE app_user.username = portal_session.username)
);
REVOKE ALL ON portal_session FROM {portal};
REVOKE UPDATE (expires_at, revoked_at) ON portal_session FROM {portal};
GRANT SELECT (session_id, username, state, client, created_at, expires_at, revoked_at) ON portal_session TO {portal};
GRANT INSERT (token_hash, username, csrf_token, state, client, expires_at) ON portal_session TO {portal};
GRANT UPDATE (revoked_at) ON portal_session TO {portal};

CREATE POLICY account_change_portal ON account_change FOR SELECT TO {portal} USING (
    portal_role() IN ('system_administrator', 'security_administrator') AND portal_keeps(area_code)
);
GRANT SELECT (change_id, kind, username, area_code, target, proposed_by, proposed_at, decided_by, decided_at, approved)
    ON account_change TO {portal};

CREATE POLICY second_factor_portal ON second_factor TO {portal}
    USING (username = portal_user()) WITH CHECK (username = portal_user());
CREATE POLICY recovery_code_portal ON recovery_code TO {portal}
    USING (username = portal_user()) WITH CHECK (username = portal_user());
GRANT SELECT, INSERT, UPDATE, DELETE ON second_factor, recovery_code TO {portal};

CREATE POLICY extract_portal ON extract FOR SELECT TO {portal} USING (
    EXISTS (SELECT FROM delivery_file WHERE delivery_file.extract_id = extract.extract_id)
);

-- Nobody writes in another's name; only the auditor reads.
CREATE POLICY access_log_add ON access_log FOR INSERT TO {portal}
    WITH CHECK (username IS NULL OR username = portal_user());
CREATE POLICY access_log_read ON access_log FOR SELECT TO {portal} USING (
    portal_role() = 'auditor' AND (length(portal_area()) = 2 OR starts_with(area_code, portal_area()))
);
GRANT INSERT (role, subject, client, shown), SELECT ON access_log TO {portal};

CREATE POLICY export_record_add ON export_record FOR INSERT TO {portal} WITH CHECK (username = portal_user());
CREATE POLICY export_record_read ON export_record FOR SELECT TO {portal} USING (
    username = portal_user() OR (portal_role() = 'auditor' AND portal_keeps(area_code))
);
GRANT SELECT, INSERT ON export_record TO {portal};

CREATE POLICY audit_check_portal ON audit_check FOR SELECT TO {portal} USING (portal_role() = 'auditor');
GRANT SELECT ON audit_check TO {portal};
"""

SESSIONS = """
-- Whoever has lost a right is out at once, whichever program took it.
CREATE FUNCTION end_sessions_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE portal_session SET revoked_at = now() WHERE username = NEW.username AND revoked_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER app_user_rights_changed AFTER UPDATE ON app_user FOR EACH ROW
    WHEN ((OLD.role, OLD.area_code, OLD.union_name, OLD.sources, OLD.active, OLD.password_hash, OLD.oidc_subject)
        IS DISTINCT FROM
        (NEW.role, NEW.area_code, NEW.union_name, NEW.sources, NEW.active, NEW.password_hash, NEW.oidc_subject))
    EXECUTE FUNCTION end_sessions_of_account();

-- Who a token belongs to; prolongs the session. The token is the only way to a session of an account not yet known.
CREATE FUNCTION portal_session_use(digest text, wanted_state text, idle interval, longest interval)
RETURNS TABLE (username text, display_name text, role text, area_code text, sources text[], union_name text,
               session_id bigint, csrf_token text, expires_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.portal_session AS s SET expires_at = least(now() + idle, s.created_at + longest)
    FROM public.app_user AS u
    WHERE s.token_hash = digest AND s.state = wanted_state AND s.revoked_at IS NULL AND s.expires_at > now()
        AND u.username = s.username AND u.active
    RETURNING u.username, u.display_name, u.role, u.area_code, u.sources, u.union_name,
              s.session_id, s.csrf_token, s.expires_at
$$;
CREATE FUNCTION portal_session_end(digest text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.portal_session SET revoked_at = now() WHERE token_hash = digest AND revoked_at IS NULL
$$;

-- The account a single sign-on subject was mapped to; it never makes one.
CREATE FUNCTION portal_subject_user(subject text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT username FROM public.app_user WHERE oidc_subject = subject AND active
$$;

-- A leaking bucket for each client address: every attempt fills it, time and success empty it.
CREATE FUNCTION portal_client_attempt(address text, most double precision, leak double precision) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO public.client_attempt AS c (client, attempts) VALUES (address, 1)
    ON CONFLICT (client) DO UPDATE SET at = clock_timestamp(), attempts = least(most, greatest(0,
        c.attempts - leak * extract(epoch FROM clock_timestamp() - c.at))) + 1
    RETURNING attempts <= most
$$;
CREATE FUNCTION portal_client_success(address text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.client_attempt SET attempts = greatest(0, attempts - 1) WHERE client = address
$$;
REVOKE ALL ON FUNCTION portal_session_use(text, text, interval, interval), portal_session_end(text),
    portal_subject_user(text), portal_client_attempt(text, double precision, double precision),
    portal_client_success(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_session_use(text, text, interval, interval), portal_session_end(text),
    portal_subject_user(text), portal_client_attempt(text, double precision, double precision),
    portal_client_success(text) TO {portal};
"""

ACCOUNT_CHANGES = """
-- A proposal stays as it was made; a decision is made once, and the password's hash goes with it.
CREATE FUNCTION account_change_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.decided_at IS NOT NULL OR
        (NEW.change_id, NEW.kind, NEW.username, NEW.area_code, NEW.target, NEW.proposed_by, NEW.proposed_at)
        IS DISTINCT FROM
        (OLD.change_id, OLD.kind, OLD.username, OLD.area_code, OLD.target, OLD.proposed_by, OLD.proposed_at) THEN
        RAISE EXCEPTION 'a change of an account cannot be changed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_change_fixed BEFORE UPDATE OR DELETE ON account_change
    FOR EACH ROW EXECUTE FUNCTION account_change_is_fixed();

-- Decides about a proposal and carries it out; NULL where none is waiting.
CREATE FUNCTION decide_account_change(change bigint, approve boolean, decider text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found public.account_change;
BEGIN
    SELECT * INTO found FROM public.account_change WHERE change_id = change AND decided_at IS NULL FOR UPDATE;
    IF found.change_id IS NULL THEN
        RETURN NULL;
    END IF;
    IF decider IN (found.proposed_by, found.username) OR NOT EXISTS (
        SELECT FROM public.app_user AS u WHERE u.username = decider AND u.active AND u.role = 'security_administrator'
            AND (length(u.area_code) = 2 OR (starts_with(found.area_code, u.area_code) AND NOT EXISTS (
                SELECT FROM public.app_user AS p
                WHERE p.username = found.username AND NOT starts_with(p.area_code, u.area_code))))) THEN
        RAISE EXCEPTION 'a security administrator of the area decides, and not about an own proposal or account'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.account_change SET decided_by = decider, decided_at = now(), approved = approve, password_hash = NULL
        WHERE change_id = change;
    IF NOT approve THEN
        RETURN found.username;
    END IF;
    IF found.kind = 'create' THEN
        INSERT INTO public.app_user (username, display_name, password_hash, role, area_code, sources, union_name)
        SELECT found.username, t.display_name, found.password_hash, t.role, t.area_code, t.sources, t.union_name
        FROM jsonb_to_record(found.target)
            AS t(display_name text, role text, area_code text, sources text[], union_name text);
    ELSIF found.kind = 'change' THEN
        UPDATE public.app_user AS u
        SET display_name = t.display_name, role = t.role, area_code = t.area_code, sources = t.sources,
            union_name = t.union_name
        FROM jsonb_to_record(found.target)
            AS t(display_name text, role text, area_code text, sources text[], union_name text)
        WHERE u.username = found.username;
    ELSIF found.kind = 'link' THEN
        UPDATE public.app_user SET oidc_subject = found.target ->> 'oidc_subject' WHERE username = found.username;
    ELSE
        DELETE FROM public.recovery_code WHERE username = found.username;
        DELETE FROM public.second_factor WHERE username = found.username;
        UPDATE public.portal_session SET revoked_at = now() WHERE username = found.username AND revoked_at IS NULL;
    END IF;
    RETURN found.username;
END $$;
CREATE FUNCTION portal_decide_account_change(change bigint, approve boolean) RETURNS text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT public.decide_account_change(change, approve, public.portal_user())
    WHERE public.portal_role() = 'security_administrator'
$$;
REVOKE ALL ON FUNCTION decide_account_change(bigint, boolean, text), portal_decide_account_change(bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal_decide_account_change(bigint, boolean) TO {portal};
"""

AUDIT = """
CREATE TRIGGER export_record_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON export_record
    FOR EACH STATEMENT EXECUTE FUNCTION entries_stay();

-- An entry is sealed once, and kept for three years.
CREATE FUNCTION access_log_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '3 years' THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.position IS NULL AND to_jsonb(NEW) - 'position' - 'hash' = to_jsonb(OLD) - 'position' - 'hash' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'entries of the access log are only ever added';
END $$;
CREATE TRIGGER access_log_fixed BEFORE UPDATE OR DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION access_log_is_fixed();
CREATE TRIGGER access_log_stays BEFORE TRUNCATE ON access_log FOR EACH STATEMENT EXECUTE FUNCTION entries_stay();

-- What is hashed of an entry: the text of a JSON array, as `bangfu.db.audit` writes it too.
CREATE FUNCTION access_content(entry access_log) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT convert_to(jsonb_build_array(
        entry.entry_id, (extract(epoch FROM entry.at) * 1000000)::bigint, entry.username, entry.role, entry.action,
        entry.candidate_id, entry.subject, entry.area_code, entry.client, entry.request_id, to_jsonb(entry.shown)
    )::text, 'UTF8')
$$;
CREATE FUNCTION access_chain_step(state bytea, tip bytea, content bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(coalesce(state, tip) || content)
$$;
CREATE AGGREGATE access_chain(tip bytea, content bytea) (SFUNC = access_chain_step, STYPE = bytea);

-- Seals what was committed: gives it the next positions of the chain. One at a time; who comes second leaves.
CREATE FUNCTION seal_access_log(most integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tip record;
    sealed integer;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('bangfu.seal_access_log')) THEN
        RETURN 0;
    END IF;
    SELECT position, hash INTO tip FROM public.access_log WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1;
    WITH batch AS (
        SELECT entry_id, public.access_content(l) AS content FROM public.access_log AS l
        WHERE position IS NULL ORDER BY entry_id LIMIT most
    ), chained AS (
        SELECT entry_id, coalesce(tip.position, 0) + row_number() OVER entries AS position,
               public.access_chain(coalesce(tip.hash, ''::bytea), content) OVER entries AS hash
        FROM batch WINDOW entries AS (ORDER BY entry_id)
    )
    UPDATE public.access_log AS l SET position = chained.position, hash = chained.hash
    FROM chained WHERE l.entry_id = chained.entry_id;
    GET DIAGNOSTICS sealed = ROW_COUNT;
    RETURN sealed;
END $$;
REVOKE ALL ON FUNCTION seal_access_log(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION seal_access_log(integer) TO {portal};
"""

TAKE_BACK = """
REVOKE INSERT (role, subject, client, shown), SELECT ON access_log FROM {portal};
REVOKE SELECT (union_name, failed_logins, locked_until) ON app_user FROM {portal};
REVOKE ALL ON portal_session FROM {portal};
DROP POLICY candidate_portal ON candidate;
CREATE POLICY candidate_portal ON candidate FOR SELECT TO {portal} USING (
    status = 'published'
    AND current_setting('bangfu.area', true) ~ '^[0-9]{2}([0-9]{2}){0,2}$'
    AND starts_with(county_code, current_setting('bangfu.area', true))
);
GRANT SELECT ON candidate_list TO {portal};
GRANT SELECT, INSERT ON portal_session TO {portal};
GRANT UPDATE (expires_at, revoked_at) ON portal_session TO {portal};
DROP FUNCTION portal_session_use(text, text, interval, interval), portal_session_end(text), portal_subject_user(text),
    portal_client_attempt(text, double precision, double precision), portal_client_success(text),
    portal_decide_account_change(bigint, boolean), decide_account_change(bigint, boolean, text), seal_access_log(integer);
DROP AGGREGATE access_chain(bytea, bytea);
DROP FUNCTION access_chain_step(bytea, bytea, bytea), access_content(access_log);
DROP TRIGGER access_log_fixed ON access_log;
DROP TRIGGER access_log_stays ON access_log;
DROP TRIGGER app_user_rights_changed ON app_user;
DROP FUNCTION access_log_is_fixed(), end_sessions_of_account();
"""
