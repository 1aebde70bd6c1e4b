-- One fact in two places of the chain: the same content, written once more after an error whose outcome nobody knew. It
-- is one fact, and both its places are known, so that a gate that compares place by place finds it in either and does not
-- send it again every hour.

-- Places beside the one in the ledger, which is the smallest (epoch, seq), with the envelope as it came.
CREATE TABLE public.tempat_lain (
    situs   text NOT NULL,
    gerbang text NOT NULL,
    epoch   uuid NOT NULL,
    seq     bigint NOT NULL,
    id      uuid NOT NULL,
    hash    bytea NOT NULL,
    isi     json NOT NULL,
    PRIMARY KEY (situs, gerbang, epoch, seq, id, hash)
);
CREATE INDEX tempat_lain_id ON public.tempat_lain (id);

-- Of facts the ledger has with this very content, the places it did not know; the smallest goes into the ledger.
CREATE FUNCTION intern.catat_tempat(p_situs text, p_amplop json[], p intern.fakta[], p_urut integer[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_satu intern.fakta;
    v_ada  public.peristiwa;
BEGIN
    FOR v_satu IN SELECT f.* FROM unnest(p) f WHERE f.urut = ANY (p_urut)
            ORDER BY f.gerbang, f.id, f.epoch, f.seq LOOP
        SELECT * INTO v_ada FROM public.peristiwa q
        WHERE q.situs = p_situs AND q.gerbang = v_satu.gerbang AND q.id = v_satu.id FOR UPDATE;
        CONTINUE WHEN (v_ada.hash, v_ada.epoch, v_ada.seq) = (v_satu.hash, v_satu.epoch, v_satu.seq);
        IF v_ada.hash <> v_satu.hash THEN       -- it had to yield to another one of this call
            PERFORM intern.simpan_karantina(
                p_situs, v_satu.gerbang, v_satu.id, 'conflict_id', 'nomor sudah dipakai', p_amplop[v_satu.urut]);
        ELSIF (v_satu.epoch, v_satu.seq) < (v_ada.epoch, v_ada.seq) THEN
            DELETE FROM public.tempat_lain t WHERE t.situs = p_situs AND t.gerbang = v_satu.gerbang
                AND t.epoch = v_satu.epoch AND t.seq = v_satu.seq AND t.id = v_satu.id AND t.hash = v_satu.hash;
            UPDATE public.peristiwa q SET epoch = v_satu.epoch, seq = v_satu.seq, isi = p_amplop[v_satu.urut]
            WHERE q.situs = p_situs AND q.gerbang = v_satu.gerbang AND q.id = v_satu.id;
            INSERT INTO public.tempat_lain VALUES
                (p_situs, v_ada.gerbang, v_ada.epoch, v_ada.seq, v_ada.id, v_ada.hash, v_ada.isi)
            ON CONFLICT DO NOTHING;
            PERFORM intern.hitung_epok(p_situs, v_satu.gerbang, e) FROM (
                SELECT v_satu.epoch UNION SELECT v_ada.epoch ORDER BY 1) AS u(e);
        ELSE
            INSERT INTO public.tempat_lain VALUES
                (p_situs, v_satu.gerbang, v_satu.epoch, v_satu.seq, v_satu.id, v_satu.hash, p_amplop[v_satu.urut])
            ON CONFLICT DO NOTHING;
        END IF;
    END LOOP;
END $$;

-- Another content under an id that is taken: the smaller hash stands, the other is kept in karantina, from all its
-- places. Gives the contents that had to yield.
CREATE OR REPLACE FUNCTION intern.selesaikan_bentrok(p_situs text, p_amplop json[], p intern.fakta[], p_lain integer[])
RETURNS public.peristiwa[] LANGUAGE plpgsql AS $$
DECLARE
    v_satu   intern.fakta;
    v_ada    public.peristiwa;
    v_isi    json[];
    v_mundur public.peristiwa[] := '{}';
BEGIN
    FOR v_satu IN SELECT f.* FROM unnest(p) f WHERE f.urut = ANY (p_lain) ORDER BY f.gerbang, f.id, f.hash LOOP
        SELECT * INTO STRICT v_ada FROM public.peristiwa q
        WHERE q.situs = p_situs AND q.gerbang = v_satu.gerbang AND q.id = v_satu.id FOR UPDATE;
        IF v_satu.hash > v_ada.hash THEN
            PERFORM intern.simpan_karantina(
                p_situs, v_satu.gerbang, v_satu.id, 'conflict_id', 'nomor sudah dipakai',
                p_amplop[v_satu.urut]);
        ELSIF v_satu.hash < v_ada.hash THEN
            PERFORM intern.simpan_karantina(
                p_situs, v_satu.gerbang, v_satu.id, 'conflict_id', 'nomor sudah dipakai', v_ada.isi);
            WITH lain AS (
                DELETE FROM public.tempat_lain t WHERE t.situs = p_situs AND t.gerbang = v_ada.gerbang
                    AND t.id = v_ada.id AND t.hash = v_ada.hash RETURNING t.isi
            )
            SELECT array_agg(lain.isi) INTO v_isi FROM lain;
            PERFORM intern.simpan_karantina(p_situs, v_satu.gerbang, v_satu.id, 'conflict_id', 'nomor sudah dipakai', i)
            FROM unnest(v_isi) i;
            UPDATE public.peristiwa q
            SET epoch = v_satu.epoch, seq = v_satu.seq, jenis = v_satu.jenis, waktu = v_satu.waktu,
                hash = v_satu.hash, kunjungan = v_satu.kunjungan, isi = p_amplop[v_satu.urut],
                xid = pg_current_xact_id()
            WHERE q.situs = p_situs AND q.gerbang = v_satu.gerbang AND q.id = v_satu.id;
            v_mundur := v_mundur || v_ada;
        END IF;
    END LOOP;
    RETURN v_mundur;
END $$;

-- Facts of one site, each under the gate it names, their right to it established: into ledger and projection.
-- p is what p_amplop holds, element by element. Gives a verdict for each element that has no kode, in the order of the
-- elements.
CREATE OR REPLACE FUNCTION intern.terapkan(p_situs text, p_amplop json[], p intern.fakta[]) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    v_banyak  integer;
    v_kunci   text[];
    v_klaim   integer[];
    v_masuk   intern.fakta[];
    v_lain    integer[] := '{}';
    v_tempat  integer[] := '{}';
    v_seq     integer[] := '{}';
    v_mundur  public.peristiwa[] := '{}';
BEGIN
    -- All of it new is the common case, and needs no second look at the key.
    BEGIN
        INSERT INTO public.peristiwa (situs, gerbang, id, epoch, seq, jenis, waktu, hash, kunjungan, isi)
        SELECT f.* FROM intern.calon(p_situs, p_amplop, p) f;
        GET DIAGNOSTICS v_banyak = ROW_COUNT;
        v_masuk := CASE WHEN v_banyak = cardinality(p) THEN p
                        ELSE ARRAY(SELECT f FROM unnest(p) f WHERE f.kode IS NULL ORDER BY f.urut) END;
    EXCEPTION WHEN unique_violation THEN
        v_masuk := NULL;
    END;
    IF v_banyak = 0 THEN
        RETURN '{}';
    ELSIF v_masuk IS NOT NULL THEN
        PERFORM intern.susun_fakta(p_situs, v_masuk, v_mundur);
        v_seq := intern.catat_epok(p_situs, v_masuk);
        PERFORM pg_notify('parkir_doorbell', '');
        IF cardinality(v_seq) = 0 THEN
            RETURN array_fill('inserted'::text, ARRAY[v_banyak]);
        END IF;
        RETURN ARRAY(SELECT CASE WHEN f.urut = ANY (v_seq) THEN 'conflict_seq' ELSE 'inserted' END
                     FROM unnest(v_masuk) f ORDER BY f.urut);
    END IF;

    -- Claim.
    WITH klaim AS (
        INSERT INTO public.peristiwa (situs, gerbang, id, epoch, seq, jenis, waktu, hash, kunjungan, isi)
        SELECT f.* FROM intern.calon(p_situs, p_amplop, p) f
        ON CONFLICT DO NOTHING
        RETURNING gerbang, id
    )
    SELECT coalesce(array_agg(gerbang || ' ' || id), '{}') INTO v_kunci FROM klaim;
    SELECT count(*) INTO v_banyak FROM unnest(p) f WHERE f.kode IS NULL;
    IF cardinality(v_kunci) = 0 THEN
        v_masuk := '{}';
    ELSE
        -- CASE keeps the planner from a nested loop over its guess of ten rows.
        v_masuk := ARRAY(
            SELECT ROW(f.*)::intern.fakta FROM (
                SELECT DISTINCT ON (f.gerbang, f.id) f.* FROM unnest(p) f WHERE f.kode IS NULL
                ORDER BY f.gerbang, f.id, f.hash, f.urut) f
            WHERE CASE WHEN f.gerbang || ' ' || f.id IN (SELECT k FROM unnest(v_kunci) k) THEN true END);
    END IF;
    v_klaim := ARRAY(SELECT f.urut FROM unnest(v_masuk) f);

    -- Apply.
    IF cardinality(v_klaim) < v_banyak THEN
        SELECT coalesce(array_agg(f.urut) FILTER (WHERE q.hash <> f.hash), '{}'),
               coalesce(array_agg(f.urut) FILTER (WHERE q.hash = f.hash), '{}')
        INTO v_lain, v_tempat
        FROM (SELECT f.* FROM unnest(p) f WHERE f.kode IS NULL
              AND CASE WHEN f.urut NOT IN (SELECT k FROM unnest(v_klaim) k) THEN true END) f,
        LATERAL (SELECT q.hash, q.epoch, q.seq FROM public.peristiwa q
                 WHERE q.situs = p_situs AND q.gerbang = f.gerbang AND q.id = f.id OFFSET 0) q
        WHERE q.hash <> f.hash OR (q.epoch, q.seq) <> (f.epoch, f.seq);
        IF cardinality(v_lain) > 0 THEN
            v_mundur := intern.selesaikan_bentrok(p_situs, p_amplop, p, v_lain);
        END IF;
    END IF;
    IF cardinality(v_klaim) + cardinality(v_mundur) > 0 THEN
        PERFORM intern.susun_fakta(p_situs, v_masuk, v_mundur);
    END IF;

    -- Classify.
    IF cardinality(v_klaim) > 0 THEN
        v_seq := intern.catat_epok(p_situs, v_masuk);
    END IF;
    IF cardinality(v_mundur) > 0 THEN
        PERFORM intern.bersihkan_bentrok(p_situs, p, v_lain, v_mundur);
    END IF;
    IF cardinality(v_tempat || v_lain) > 0 THEN
        PERFORM intern.catat_tempat(p_situs, p_amplop, p, v_tempat || v_lain);
    END IF;
    IF cardinality(v_klaim) + cardinality(v_mundur) > 0 THEN
        PERFORM pg_notify('parkir_doorbell', '');
    END IF;
    RETURN ARRAY(SELECT CASE
            WHEN f.urut = ANY (v_lain) THEN 'conflict_id'
            WHEN f.urut = ANY (v_seq) THEN 'conflict_seq'
            WHEN f.urut IN (SELECT k FROM unnest(v_klaim) k) THEN 'inserted'
            ELSE 'already' END
        FROM unnest(p) f WHERE f.kode IS NULL ORDER BY f.urut);
END $$;

-- What a gate has in these places.
CREATE FUNCTION intern.tempat(p_gerbang public.gerbang, p_epoch uuid, p_dari bigint, p_sampai bigint)
RETURNS TABLE (id uuid, seq bigint, hash bytea) LANGUAGE sql STABLE AS $$
    SELECT q.id, q.seq, q.hash FROM public.peristiwa q
    WHERE q.epoch = p_epoch AND q.seq BETWEEN p_dari AND p_sampai
      AND q.situs IS NOT DISTINCT FROM p_gerbang.situs AND q.gerbang IS NOT DISTINCT FROM p_gerbang.kode
    UNION ALL
    SELECT t.id, t.seq, t.hash FROM public.tempat_lain t, LATERAL (
        SELECT 1 FROM public.peristiwa q WHERE q.situs = t.situs AND q.id = t.id AND q.gerbang = t.gerbang
          AND q.hash = t.hash OFFSET 0) q
    WHERE t.situs = p_gerbang.situs AND t.gerbang = p_gerbang.kode AND t.epoch = p_epoch
      AND t.seq BETWEEN p_dari AND p_sampai
$$;

-- As before, by all places of a fact.
CREATE OR REPLACE FUNCTION api.ranges(p jsonb) RETURNS integer[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_gerbang public.gerbang := intern.gerbang_ini();
BEGIN
    RETURN ARRAY(
        SELECT (r.urut - 1)::integer
        FROM ROWS FROM (jsonb_to_recordset(p) AS (epoch uuid, "from" bigint, "to" bigint, count bigint, digest text,
                                             least uuid))
            WITH ORDINALITY AS r(epoch, dari, sampai, banyak, sidik, sejak, urut),
        LATERAL (SELECT count(*) AS banyak, sha256(convert_to(E'parkir-ranges-v1\n', 'UTF8')
                     || coalesce(string_agg(q.hash, '' ORDER BY q.seq, q.hash), '')) AS sidik
                 FROM intern.tempat(v_gerbang, r.epoch, r.dari, r.sampai) q
                 WHERE (q.id >= r.sejak) IS NOT FALSE OFFSET 0) ada
        WHERE ada.banyak <> r.banyak OR encode(ada.sidik, 'hex') <> r.sidik
        ORDER BY r.urut);
END $$;

CREATE OR REPLACE FUNCTION api.rows(p_epoch uuid, p_dari bigint, p_sampai bigint) RETURNS text[] LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_gerbang public.gerbang := intern.gerbang_ini();
BEGIN
    RETURN ARRAY(
        SELECT encode(q.hash, 'hex')
        FROM intern.tempat(v_gerbang, p_epoch, p_dari, least(p_sampai, p_dari + 999)) q
        ORDER BY q.seq, q.hash);
END $$;
