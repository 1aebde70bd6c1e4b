-- A hand-over says how much the next operator found, beside what was left: who took it over is not all of it.
CREATE OR REPLACE FUNCTION intern.shift_json(s public.shift) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'shift', s.id, 'gate', s.gerbang, 'operator', s.operator, 'opened_at', intern.waktu_json(s.dibuka),
        'closed_at', intern.waktu_json(s.ditutup), 'closed_by', s.ditutup_oleh, 'how', s.cara, 'float', s.modal,
        'counted', s.terhitung, 'expected', s.seharusnya, 'variance', s.selisih, 'reason', s.alasan,
        'deposit', s.setoran, 'deposit_number', s.nomor_setoran, 'left', s.tinggal, 'reported', s.dilaporkan,
        'from_shift', s.dari, 'accepted', s.diterima, 'accepted_by', n.operator, 'accepted_then', n.diterima,
        'count', j.jumlah, 'revenue', j.total, 'voids', j.batal, 'voided', j.total_batal, 'methods', j.metode)
    FROM intern.jumlah_shift(s.situs, s.gerbang, s.id) j
    LEFT JOIN LATERAL (
        SELECT x.operator, x.diterima FROM public.shift x
        WHERE x.situs = s.situs AND x.gerbang = s.gerbang AND x.dari = s.id ORDER BY x.id LIMIT 1) n ON true
$$;
