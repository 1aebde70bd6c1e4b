-- Tables. They stand in public so that SQL written for the old system finds kendaraan and transaksi where it
-- expects them. Every key starts with situs, so that many sites fit in one head office. Money is bigint rupiah.

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;

CREATE SCHEMA intern;   -- the owner's own
CREATE SCHEMA api;      -- gates
CREATE SCHEMA hub;      -- the server
CREATE SCHEMA ops;      -- administrators

CREATE TABLE public.lokasi (
    situs            text PRIMARY KEY,
    nama             text NOT NULL,
    zona             text NOT NULL,
    pergantian_menit integer NOT NULL DEFAULT 0 CHECK (pergantian_menit BETWEEN 0 AND 1439),
    versi_setelan    integer NOT NULL DEFAULT 1,
    arsip_sebelum    timestamptz     -- what happened before is in the archive, and no longer taken; NULL: everything is
);

CREATE TABLE public.jenis_kendaraan (
    situs     text NOT NULL REFERENCES public.lokasi,
    id        text NOT NULL,
    nama      text NOT NULL,
    tombol    text NOT NULL CHECK (char_length(tombol) = 1),
    kapasitas integer CHECK (kapasitas >= 0),
    urutan    integer NOT NULL,
    PRIMARY KEY (situs, id)
);

CREATE TABLE public.tarif (
    situs         text NOT NULL REFERENCES public.lokasi,
    versi         integer NOT NULL CHECK (versi > 0),
    berlaku_sejak timestamptz NOT NULL,
    aturan        jsonb NOT NULL,
    dibuat        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (situs, versi)
);

CREATE TABLE public.gerbang (
    situs             text NOT NULL REFERENCES public.lokasi,
    kode              text NOT NULL,
    jenis             text NOT NULL CHECK (jenis IN ('in', 'out', 'both')),
    login             text NOT NULL UNIQUE,
    sidik_token       text NOT NULL,
    aktif             boolean NOT NULL DEFAULT true,
    dibuat            timestamptz NOT NULL DEFAULT now(),
    dicabut_pada      timestamptz,
    terakhir_terlihat timestamptz,
    versi_program     text NOT NULL DEFAULT '',
    operator          text NOT NULL DEFAULT '',
    tertunda          bigint NOT NULL DEFAULT 0,
    epoch             uuid,
    seq               bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (situs, kode)
) WITH (fillfactor = 50);

-- All public keys a gate ever had; a revoked one stays, so that its tickets are told from forged ones.
CREATE TABLE public.kunci_gerbang (
    situs        text NOT NULL,
    gerbang      text NOT NULL,
    kunci        text NOT NULL,
    dibuat       timestamptz NOT NULL DEFAULT now(),
    dicabut_pada timestamptz,
    PRIMARY KEY (situs, gerbang, kunci),
    FOREIGN KEY (situs, gerbang) REFERENCES public.gerbang
);

CREATE TABLE public.pengguna (
    situs     text NOT NULL REFERENCES public.lokasi,
    nama      text NOT NULL,
    peran     text NOT NULL CHECK (peran IN ('admin', 'supervisor', 'operator')),
    sidik_pin text NOT NULL,
    aktif     boolean NOT NULL DEFAULT true,
    dibuat    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (situs, nama)
);

CREATE TABLE public.anggota (
    situs          text NOT NULL REFERENCES public.lokasi,
    plat_nomor     text NOT NULL,
    nama           text NOT NULL,
    jenis          text NOT NULL,
    berlaku_sampai timestamptz,
    PRIMARY KEY (situs, plat_nomor)
);

CREATE TABLE public.shift (
    situs    text NOT NULL REFERENCES public.lokasi,
    gerbang  text NOT NULL,
    id       uuid NOT NULL,
    operator text NOT NULL,
    dibuka   timestamptz NOT NULL,
    ditutup  timestamptz,
    PRIMARY KEY (situs, gerbang, id)
);

CREATE TABLE public.konfigurasi (
    situs text NOT NULL REFERENCES public.lokasi,
    nama  text NOT NULL,
    nilai jsonb NOT NULL,
    PRIMARY KEY (situs, nama)
);

CREATE TABLE public.audit (
    situs    text NOT NULL,
    id       uuid NOT NULL DEFAULT gen_random_uuid(),
    waktu    timestamptz NOT NULL DEFAULT now(),
    pelaku   text NOT NULL DEFAULT session_user,
    tindakan text NOT NULL,
    rincian  jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (situs, id)
);

-- The ledger of facts, and the feed. The key lets no gate claim another's id. Envelopes are json, kept as they came:
-- making jsonb of all they hold would cost more than writing the row.
CREATE TABLE public.peristiwa (
    situs     text NOT NULL,
    gerbang   text NOT NULL,
    id        uuid NOT NULL,
    epoch     uuid NOT NULL,
    seq       bigint NOT NULL,
    jenis     text NOT NULL,
    waktu     timestamptz NOT NULL,
    hash      bytea NOT NULL,
    kunjungan uuid,
    isi       json NOT NULL,
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    diterima  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (situs, id, gerbang)
) PARTITION BY RANGE (id);
-- Without situs: an index that shares a prefix with the key could be taken for it while tables are empty. An entry
-- has its stay's id, and the key finds it.
CREATE INDEX peristiwa_kunjungan ON public.peristiwa (kunjungan) 
    WHERE jenis IN ('left', 'voided', 'corrected', 'duplicate');
CREATE INDEX peristiwa_seq ON public.peristiwa (epoch, seq);
CREATE INDEX peristiwa_xid ON public.peristiwa (xid);
CREATE TABLE public.peristiwa_lain PARTITION OF public.peristiwa DEFAULT;

-- One row a stay: its state, and the lock under which its facts are projected. fakta_awal and fakta_akhir bound
-- the ids of its facts, so that the ledger's partitions can be pruned.
CREATE TABLE public.kunjungan (
    situs           text NOT NULL,
    id              uuid NOT NULL,
    keadaan         text NOT NULL CHECK (keadaan IN ('menunggu', 'di_dalam', 'keluar', 'batal')),
    tiket           text NOT NULL,
    plat_nomor      text,
    plat_ketik      text,
    jenis           text NOT NULL,
    waktu_masuk     timestamptz,
    gerbang_masuk   text NOT NULL,
    operator        text NOT NULL,
    tarif_versi     integer NOT NULL,
    waktu_keluar    timestamptz,
    gerbang_keluar  text,
    operator_keluar text,
    keluar_id       uuid,
    biaya           bigint,
    metode          text,
    tanda           text[] NOT NULL,
    jumlah_keluar   integer NOT NULL,
    dibatalkan      text[] NOT NULL,
    versi           bigint NOT NULL,
    fakta_awal      uuid NOT NULL,
    fakta_akhir     uuid NOT NULL,
    PRIMARY KEY (situs, id)
) WITH (fillfactor = 60);
CREATE INDEX kunjungan_tiket ON public.kunjungan (tiket);

-- The vehicles inside now: hot and small.
CREATE TABLE public.kendaraan (
    situs         text NOT NULL,
    id            uuid NOT NULL,
    tiket         text NOT NULL,
    plat_nomor    text,
    plat_ketik    text,
    jenis         text NOT NULL,
    waktu_masuk   timestamptz NOT NULL,
    gerbang_masuk text NOT NULL,
    operator      text NOT NULL,
    tarif_versi   integer NOT NULL,
    versi         bigint NOT NULL,
    PRIMARY KEY (situs, id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 500);
CREATE INDEX idx_kendaraan_plat ON public.kendaraan (plat_nomor);
CREATE INDEX idx_kendaraan_tiket ON public.kendaraan (tiket);

-- Exits, one row per `left` fact. tanggal is when the money was booked, hari the business day it belongs to.
CREATE TABLE public.transaksi (
    situs         text NOT NULL,
    tanggal       timestamptz NOT NULL,
    gerbang       text NOT NULL,
    id            uuid NOT NULL,
    hari          date NOT NULL,
    kunjungan     uuid NOT NULL,
    tiket         text NOT NULL,
    plat_nomor    text,
    plat_ketik    text,
    jenis         text NOT NULL,
    waktu_masuk   timestamptz,
    gerbang_masuk text NOT NULL,
    operator      text NOT NULL,
    biaya         bigint NOT NULL,
    metode        text NOT NULL,
    dibayar       bigint NOT NULL,
    kembali       bigint NOT NULL,
    tarif_versi   integer NOT NULL,
    batal         boolean NOT NULL,
    ganda         boolean NOT NULL,
    tanda         text[] NOT NULL,
    PRIMARY KEY (situs, tanggal, gerbang, id)
) PARTITION BY RANGE (tanggal);
CREATE INDEX idx_transaksi_tanggal ON public.transaksi (tanggal);
CREATE TABLE public.transaksi_lain PARTITION OF public.transaksi DEFAULT;

CREATE TABLE public.pendapatan_harian (
    situs       text NOT NULL,
    hari        date NOT NULL,
    gerbang     text NOT NULL,
    jenis       text NOT NULL,
    metode      text NOT NULL,
    jumlah      bigint NOT NULL,
    total       bigint NOT NULL,
    batal       bigint NOT NULL,
    total_batal bigint NOT NULL,
    PRIMARY KEY (situs, hari, gerbang, jenis, metode)
) WITH (fillfactor = 50);

-- What could not be taken as it came, kept whole: malformed facts, and the losing content of an id used twice.
CREATE TABLE public.karantina (
    situs    text NOT NULL,
    gerbang  text NOT NULL,
    sidik    bytea NOT NULL,
    id       uuid,
    kode     text NOT NULL,
    teks     text NOT NULL,
    isi      json NOT NULL,
    diterima timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (situs, gerbang, sidik)
);

-- Another gate's facts, until the server has checked whose signature they bear.
CREATE TABLE public.titipan (
    situs    text NOT NULL,
    gerbang  text NOT NULL,
    id       uuid NOT NULL,
    hash     bytea NOT NULL,
    pengirim text NOT NULL,
    isi      json NOT NULL,
    diterima timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (situs, gerbang, id, hash)
);

-- Entries and exits an administrator set aside as duplicates, projected from facts of kind duplicate of gate PUSAT.
-- Nothing is deleted: an undo is another fact, and takes the row out again. tetap is the one that stands instead.
CREATE TABLE public.duplikat (
    situs         text NOT NULL,
    gerbang       text NOT NULL,
    id            uuid NOT NULL,
    kunjungan     uuid NOT NULL,
    tanggal       timestamptz NOT NULL,
    kelompok      uuid NOT NULL,
    kelas         text NOT NULL,
    tetap_gerbang text NOT NULL,
    tetap         uuid NOT NULL,
    fakta         uuid NOT NULL,
    alasan        text NOT NULL,
    pelaku        text NOT NULL,
    waktu         timestamptz NOT NULL,
    PRIMARY KEY (situs, gerbang, id)
);
CREATE INDEX duplikat_kunjungan ON public.duplikat (kunjungan);
CREATE INDEX duplikat_kelompok ON public.duplikat (kelompok);
CREATE INDEX duplikat_tanggal ON public.duplikat (tanggal);

-- One life of one journal: how far it came, and how many lives name it as their parent (two are a fork).
CREATE TABLE public.epok (
    situs          text NOT NULL,
    gerbang        text NOT NULL,
    epoch          uuid NOT NULL,
    seq_tertinggi  bigint NOT NULL DEFAULT 0,
    hash_tertinggi bytea NOT NULL DEFAULT '',
    jumlah         bigint NOT NULL DEFAULT 0,
    anak           integer NOT NULL DEFAULT 0,
    bercabang      boolean GENERATED ALWAYS AS (anak > 1) STORED,
    PRIMARY KEY (situs, gerbang, epoch)
) WITH (fillfactor = 50);

CREATE TABLE public.foto (
    situs     text NOT NULL,
    kunjungan uuid NOT NULL,
    sisi      text NOT NULL CHECK (sisi IN ('in', 'out')),
    gerbang   text NOT NULL,
    sidik     text NOT NULL,
    gambar    bytea NOT NULL CHECK (octet_length(gambar) BETWEEN 1 AND 32768),
    diterima  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (situs, kunjungan, sisi)
);
ALTER TABLE public.foto ALTER COLUMN gambar SET STORAGE EXTERNAL;

-- Settings are told by their version: any change of what terminals hold makes a new one, and rings.
CREATE FUNCTION intern.setelan_berubah() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE public.lokasi SET versi_setelan = versi_setelan + 1 WHERE situs = OLD.situs;
    ELSE
        UPDATE public.lokasi SET versi_setelan = versi_setelan + 1 WHERE situs = NEW.situs;
    END IF;
    PERFORM pg_notify('parkir_doorbell', '');
    RETURN NULL;
END $$;
CREATE TRIGGER setelan AFTER INSERT OR UPDATE OR DELETE ON public.jenis_kendaraan
    FOR EACH ROW EXECUTE FUNCTION intern.setelan_berubah();
CREATE TRIGGER setelan AFTER INSERT OR UPDATE OR DELETE ON public.tarif
    FOR EACH ROW EXECUTE FUNCTION intern.setelan_berubah();
CREATE TRIGGER setelan AFTER INSERT OR UPDATE OR DELETE ON public.kunci_gerbang
    FOR EACH ROW EXECUTE FUNCTION intern.setelan_berubah();
CREATE TRIGGER setelan AFTER UPDATE OF nama, zona, pergantian_menit ON public.lokasi
    FOR EACH ROW EXECUTE FUNCTION intern.setelan_berubah();
