-- Vouchers as exits took them. A gate refuses a number it has taken itself; two gates that could not hear one another may
-- both take it. Both exits are paid and gone: the centre shows them, oldest first.

CREATE INDEX peristiwa_voucher ON public.peristiwa ((isi #>> '{body,voucher,reference}'))
WHERE jenis = 'left' AND isi #>> '{body,voucher,reference}' IS NOT NULL;

-- Every use that stands, with its place among the uses of the same number: from 2 on it was taken again.
CREATE VIEW public.voucher_terpakai AS
SELECT q.situs, q.isi #>> '{body,voucher,reference}' AS nomor, q.gerbang, q.id, q.waktu, q.kunjungan,
       q.isi ->> 'operator' AS operator, intern.bulat((q.isi #>> '{body,voucher,off}')::jsonb) AS potongan,
       row_number() OVER (PARTITION BY q.situs, q.isi #>> '{body,voucher,reference}' ORDER BY q.id, q.gerbang) AS ke,
       count(*) OVER (PARTITION BY q.situs, q.isi #>> '{body,voucher,reference}') AS kali
FROM public.peristiwa q
JOIN public.transaksi t ON t.situs = q.situs AND t.tanggal = q.waktu AND t.gerbang = q.gerbang AND t.id = q.id
WHERE q.jenis = 'left' AND q.isi #>> '{body,voucher,reference}' IS NOT NULL AND NOT t.batal;
GRANT SELECT ON public.voucher_terpakai TO parkir_admin;

-- Uses in a range, newest first, at most 500; `p_ganda`: only of numbers that were taken more than once.
CREATE FUNCTION ops.vouchers(p_dari timestamptz, p_sampai timestamptz, p_ganda boolean) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'reference', v.nomor, 'gate', v.gerbang, 'fact', v.id, 'stay', v.kunjungan, 'at', intern.waktu_json(v.waktu),
        'operator', coalesce(v.operator, ''), 'off', coalesce(v.potongan, 0), 'nth', v.ke, 'times', v.kali)
        ORDER BY v.waktu DESC, v.id DESC), '[]')
    FROM (SELECT * FROM public.voucher_terpakai x
          WHERE x.situs = intern.situs_ini() AND x.waktu >= p_dari AND x.waktu < p_sampai AND (x.kali > 1 OR NOT p_ganda)
          ORDER BY x.waktu DESC, x.id DESC LIMIT 500) v
$$;
GRANT EXECUTE ON FUNCTION ops.vouchers(timestamptz, timestamptz, boolean) TO parkir_admin;
