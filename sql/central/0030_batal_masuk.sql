-- The office takes an entry back too, while its vehicle is inside: as before (0023), and with that.
CREATE OR REPLACE FUNCTION ops.put_right(p json) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    v_situs   text := intern.situs_ini();
    v_fakta   intern.fakta[] := intern.baca_semua(ARRAY[p]);
    v_satu    intern.fakta := v_fakta[1];
    v_sasaran public.peristiwa;
    v_kunjungan uuid;
    v_denda   json;
    v_putusan text[];
BEGIN
    IF v_satu.kode IS NOT NULL OR v_satu.gerbang <> 'PUSAT' OR v_satu.situs <> v_situs
       OR v_satu.jenis NOT IN ('refunded', 'voided') THEN
        RAISE invalid_parameter_value USING MESSAGE = 'peristiwa milik PUSAT diharapkan';
    ELSIF btrim(coalesce(p #>> '{body,reason}', '')) = '' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'alasan kosong';
    END IF;
    SELECT * INTO v_sasaran FROM public.peristiwa q
    WHERE q.situs = v_situs AND q.id = intern.nomor(p #>> '{body,target}') AND q.gerbang = p #>> '{body,target_gate}'
      AND (q.jenis = 'left' OR q.jenis = 'entered' AND v_satu.jenis = 'voided');
    v_kunjungan := CASE v_sasaran.jenis WHEN 'entered' THEN v_sasaran.id ELSE v_sasaran.kunjungan END;
    IF v_sasaran.id IS NULL OR p #>> '{body,stay}' IS DISTINCT FROM v_kunjungan::text THEN
        RAISE invalid_parameter_value USING MESSAGE = 'transaksi itu tidak ada di pusat';
    END IF;
    PERFORM 1 FROM public.kunjungan k WHERE k.situs = v_situs AND k.id = v_kunjungan FOR UPDATE;
    IF NOT EXISTS (SELECT 1 FROM public.peristiwa q
                   WHERE q.situs = v_situs AND q.id = v_satu.id AND q.gerbang = 'PUSAT') THEN
        v_denda := intern.denda_json(v_situs, v_sasaran.isi #>> '{body,lost,claim}');
        IF json_array_length(v_denda->'refunds') > 0 THEN
            RAISE invalid_parameter_value USING MESSAGE = 'denda itu sudah dikembalikan di '
                || (v_denda #>> '{refunds,0,gate}') || ', ' || (v_denda #>> '{refunds,0,at}');
        ELSIF v_sasaran.jenis = 'entered' AND NOT EXISTS (
                SELECT 1 FROM public.kunjungan k WHERE k.situs = v_situs AND k.id = v_kunjungan AND k.keadaan = 'di_dalam') THEN
            RAISE invalid_parameter_value USING MESSAGE = 'kendaraan itu tidak di dalam';
        ELSIF EXISTS (SELECT 1 FROM public.kunjungan k WHERE k.situs = v_situs AND k.id = v_kunjungan
                      AND v_sasaran.gerbang || ' ' || v_sasaran.id = ANY (k.dibatalkan)) THEN
            RAISE invalid_parameter_value USING MESSAGE = 'transaksi itu sudah dibatalkan';
        ELSIF v_satu.jenis = 'refunded' AND (v_denda IS NULL OR p #>> '{body,claim}' <> v_denda->>'claim'
                OR p #>> '{body,amount}' <> v_denda->>'fine') THEN
            RAISE invalid_parameter_value USING MESSAGE = 'denda dan jumlahnya tidak cocok';
        ELSIF v_satu.jenis = 'refunded' AND intern.saat(v_denda->>'until') < clock_timestamp() THEN
            RAISE invalid_parameter_value USING MESSAGE = 'denda hanya kembali sampai ' || (v_denda->>'until');
        END IF;
    END IF;
    v_putusan := intern.terapkan(v_situs, ARRAY[p], v_fakta);
    IF 'conflict_id' = ANY (v_putusan) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'nomor peristiwa sudah dipakai';
    END IF;
    IF 'inserted' = ANY (v_putusan) THEN
        INSERT INTO public.audit (situs, tindakan, rincian)
        VALUES (v_situs, CASE WHEN v_sasaran.jenis = 'entered' THEN 'masuk_batal' WHEN v_satu.jenis = 'voided'
                         THEN 'transaksi_batal' ELSE 'denda_kembali' END,
                jsonb_build_object('petugas', v_satu.operator, 'alasan', p #>> '{body,reason}',
                    'sasaran', p #>> '{body,target}', 'gerbang', p #>> '{body,target_gate}',
                    'jumlah', p #>> '{body,amount}', 'fakta', v_satu.id));
    END IF;
    RETURN json_build_object('inserted', cardinality(array_positions(v_putusan, 'inserted')),
                             'already', cardinality(array_positions(v_putusan, 'already')));
END $$;

-- An entry whose vehicle is inside, by its stay or its ticket's number, with what was paid for it: the newest, at most 5.
CREATE FUNCTION ops.entry_named(p_nama text) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    WITH kunci AS (
        SELECT k.id FROM public.kunjungan k WHERE k.situs = intern.situs_ini() AND k.tiket = upper(btrim(p_nama))
        UNION SELECT intern.nomor(lower(btrim(p_nama)))
    )
    SELECT coalesce(json_agg(json_build_object(
        'stay', k.id, 'gate', k.gerbang_masuk, 'ticket', k.tiket, 'class', k.jenis,
        'at', intern.waktu_json(k.waktu_masuk), 'paid', d.jumlah, 'method', d.metode) ORDER BY k.id DESC), '[]')
    FROM (SELECT k.* FROM kunci s
          JOIN public.kunjungan k ON k.situs = intern.situs_ini() AND k.id = s.id
          WHERE k.keadaan = 'di_dalam' ORDER BY k.id DESC LIMIT 5) k
    LEFT JOIN public.bayar_depan d ON d.situs = k.situs AND d.id = k.id AND d.gerbang = k.gerbang_masuk
$$;
GRANT EXECUTE ON FUNCTION ops.entry_named(text) TO parkir_admin;
