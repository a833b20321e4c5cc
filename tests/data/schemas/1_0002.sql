CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.annotation (
    run_id bigint NOT NULL,
    annotation_no integer NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    step bigint,
    epoch double precision,
    at_ms bigint NOT NULL,
    author text
);
CREATE TABLE public.config (
    run_id bigint NOT NULL,
    key text NOT NULL,
    text text NOT NULL,
    number double precision
);
CREATE TABLE public.diagnosis (
    run_id bigint NOT NULL,
    version bigint NOT NULL,
    rules_version integer NOT NULL,
    body text NOT NULL
);
CREATE TABLE public.frozen (
    frozen_id bigint NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    created_ms bigint NOT NULL,
    picture bytea
);
CREATE TABLE public.point (
    run_id bigint NOT NULL,
    series_no integer NOT NULL,
    step bigint NOT NULL,
    value double precision,
    kind smallint NOT NULL,
    epoch double precision,
    elapsed_ms bigint NOT NULL
);
CREATE TABLE public.preview (
    run_id bigint NOT NULL,
    series_no integer NOT NULL,
    level integer NOT NULL,
    block bigint NOT NULL,
    buckets bytea NOT NULL
);
CREATE TABLE public.project (
    name text NOT NULL,
    created_ms bigint NOT NULL,
    runs_made bigint NOT NULL
);
CREATE TABLE public.purged (
    run_id bigint NOT NULL,
    purged_ms bigint NOT NULL,
    cleared_ms bigint
);
CREATE TABLE public.run (
    run_id bigint NOT NULL,
    project text NOT NULL,
    name text NOT NULL,
    group_name text,
    notes text NOT NULL,
    status text NOT NULL,
    exception text,
    colour smallint NOT NULL,
    created_ms bigint NOT NULL,
    changed_ms bigint NOT NULL,
    duration_ms bigint NOT NULL,
    version bigint NOT NULL,
    beat_ms bigint NOT NULL,
    newest_ms bigint NOT NULL,
    environment text NOT NULL,
    archived_ms bigint,
    deleted_ms bigint,
    name_edited_ms bigint,
    notes_edited_ms bigint,
    group_edited_ms bigint
);
CREATE TABLE public.series (
    run_id bigint NOT NULL,
    series_no integer NOT NULL,
    name text NOT NULL,
    count bigint NOT NULL,
    last_step bigint,
    last_epoch double precision,
    last_value double precision,
    last_kind smallint,
    min_value double precision,
    min_step bigint,
    min_epoch double precision,
    max_value double precision,
    max_step bigint,
    max_epoch double precision,
    goal text,
    split text,
    metric text
);
CREATE TABLE public.summary (
    run_id bigint NOT NULL,
    key text NOT NULL,
    text text NOT NULL,
    number double precision
);
CREATE TABLE public.tag (
    run_id bigint NOT NULL,
    tag text NOT NULL,
    "position" integer NOT NULL
);
CREATE TABLE public.tag_edit (
    run_id bigint NOT NULL,
    tag text NOT NULL,
    added smallint NOT NULL
);
CREATE TABLE public.verdict_change (
    run_id bigint NOT NULL,
    change_no integer NOT NULL,
    at_ms bigint NOT NULL,
    version bigint NOT NULL,
    rules_version integer NOT NULL,
    verdict text NOT NULL,
    onset_epoch double precision,
    best_epoch double precision,
    sentence text NOT NULL
);
CREATE TABLE public.view (
    project text NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    created_ms bigint NOT NULL,
    title text,
    author text,
    description text,
    page text,
    changed_ms bigint,
    deleted_ms bigint
);
CREATE TABLE public.writer (
    run_id bigint NOT NULL,
    session_id bigint NOT NULL,
    segment bigint NOT NULL,
    byte bigint NOT NULL,
    beat_ms bigint NOT NULL,
    started_ms bigint NOT NULL,
    elapsed_ms bigint NOT NULL,
    step_base bigint,
    status text NOT NULL,
    exception text
);
INSERT INTO public.alembic_version VALUES ('1_0002');
INSERT INTO public.annotation VALUES (1, 0, 'alert', 'Slow', 'It takes long.', 30, NULL, 1795326442094, NULL);
INSERT INTO public.config VALUES (1, 'layers', '3', 3);
INSERT INTO public.config VALUES (1, 'lr', '0.1', 0.1);
INSERT INTO public.config VALUES (1, 'name', '"mlp"', NULL);
INSERT INTO public.diagnosis VALUES (1, 1, 4, '{"verdict": "uncertain", "sentence": "Uncertain: validation loss rose 11 % after epoch 18, 5 % of all that it had gained: not enough to call it overfitting. Longer training would tell.", "axis": "epoch", "findings": [{"kind": "uncertain", "severity": "note", "start": 18.0, "end": 29.0, "fact": "Uncertain: validation loss rose 11 % after epoch 18, 5 % of all that it had gained: not enough to call it overfitting. Longer training would tell.", "advice": [], "evidence": {"reason": "small_rise", "rise_share_of_drop": 0.05488914552604351, "n_val": null}}, {"kind": "best_epoch", "severity": "note", "start": 18.0, "end": 18.0, "fact": "Best validation loss 0.8524 at epoch 18; best validation accuracy 74.5 % at epoch 29.", "advice": [], "evidence": {"loss": 0.8524347994005821, "accuracy": 0.7450624496739597, "accuracy_epoch": 29.0, "past_best": 11.0, "past_best_share": 0.3793103448275862}}], "onset_epoch": null, "best_epoch": 18.0, "best_loss": 0.8524347994005821, "best_accuracy_epoch": 29.0, "best_accuracy": 0.7450624496739597, "gap": 0.9, "loss": ["train/loss", "val/loss"], "accuracy": [null, "val/accuracy"], "rules_version": 4, "dismissed": [], "overfitting": false}');
INSERT INTO public.frozen VALUES (27, 'Both runs', '', 1795337357163, '\x66726f7a656e');
INSERT INTO public.point VALUES (1, 0, 0, 2.02, 0, 0, 11);
INSERT INTO public.point VALUES (1, 0, 1, 1.74, 0, 1, 11);
INSERT INTO public.point VALUES (1, 0, 2, 1.4991999999999999, 0, 2, 11);
INSERT INTO public.point VALUES (1, 0, 3, 1.292112, 0, 3, 11);
INSERT INTO public.point VALUES (1, 0, 4, 1.11401632, 0, 4, 11);
INSERT INTO public.point VALUES (1, 0, 5, 0.9608540351999999, 0, 5, 11);
INSERT INTO public.point VALUES (1, 0, 6, 0.8291344702719999, 0, 6, 11);
INSERT INTO public.point VALUES (1, 0, 7, 0.7158556444339199, 0, 7, 11);
INSERT INTO public.point VALUES (1, 0, 8, 0.6184358542131712, 0, 8, 11);
INSERT INTO public.point VALUES (1, 0, 9, 0.5346548346233272, 0, 9, 11);
INSERT INTO public.point VALUES (1, 0, 10, 0.46260315777606137, 0, 10, 11);
INSERT INTO public.point VALUES (1, 0, 11, 0.40063871568741277, 0, 11, 12);
INSERT INTO public.point VALUES (1, 0, 12, 0.347349295491175, 0, 12, 12);
INSERT INTO public.point VALUES (1, 0, 13, 0.3015203941224105, 0, 13, 12);
INSERT INTO public.point VALUES (1, 0, 14, 0.262107538945273, 0, 14, 12);
INSERT INTO public.point VALUES (1, 0, 15, 0.22821248349293477, 0, 15, 12);
INSERT INTO public.point VALUES (1, 0, 16, 0.1990627358039239, 0, 16, 12);
INSERT INTO public.point VALUES (1, 0, 17, 0.17399395279137456, 0, 17, 12);
INSERT INTO public.point VALUES (1, 0, 18, 0.1524347994005821, 0, 18, 12);
INSERT INTO public.point VALUES (1, 0, 19, 0.1338939274845006, 0, 19, 12);
INSERT INTO public.point VALUES (1, 0, 20, 0.11794877763667053, 0, 20, 12);
INSERT INTO public.point VALUES (1, 0, 21, 0.10423594876753665, 0, 21, 12);
INSERT INTO public.point VALUES (1, 0, 22, 0.09244291594008153, 0, 22, 12);
INSERT INTO public.point VALUES (1, 0, 23, 0.08230090770847011, 0, 23, 12);
INSERT INTO public.point VALUES (1, 0, 24, 0.07357878062928429, 0, 24, 12);
INSERT INTO public.point VALUES (1, 0, 25, 0.06607775134118449, 0, 25, 12);
INSERT INTO public.point VALUES (1, 0, 26, 0.05962686615341867, 0, 26, 12);
INSERT INTO public.point VALUES (1, 0, 27, 0.05407910489194005, 0, 27, 12);
INSERT INTO public.point VALUES (1, 0, 28, 0.04930803020706844, 0, 28, 12);
INSERT INTO public.point VALUES (1, 0, 29, 0.04520490597807886, 0, 29, 12);
INSERT INTO public.point VALUES (1, 1, 0, 2.6, 0, 0, 11);
INSERT INTO public.point VALUES (1, 1, 1, 2.32, 0, 1, 11);
INSERT INTO public.point VALUES (1, 1, 2, 2.0791999999999997, 0, 2, 11);
INSERT INTO public.point VALUES (1, 1, 3, 1.872112, 0, 3, 11);
INSERT INTO public.point VALUES (1, 1, 4, 1.6940163199999998, 0, 4, 11);
INSERT INTO public.point VALUES (1, 1, 5, 1.5408540351999997, 0, 5, 11);
INSERT INTO public.point VALUES (1, 1, 6, 1.409134470272, 0, 6, 11);
INSERT INTO public.point VALUES (1, 1, 7, 1.29585564443392, 0, 7, 11);
INSERT INTO public.point VALUES (1, 1, 8, 1.1984358542131712, 0, 8, 11);
INSERT INTO public.point VALUES (1, 1, 9, 1.1146548346233272, 0, 9, 11);
INSERT INTO public.point VALUES (1, 1, 10, 1.0426031577760613, 0, 10, 11);
INSERT INTO public.point VALUES (1, 1, 11, 0.9806387156874128, 0, 11, 12);
INSERT INTO public.point VALUES (1, 1, 12, 0.927349295491175, 0, 12, 12);
INSERT INTO public.point VALUES (1, 1, 13, 0.9015203941224105, 0, 13, 12);
INSERT INTO public.point VALUES (1, 1, 14, 0.882107538945273, 0, 14, 12);
INSERT INTO public.point VALUES (1, 1, 15, 0.8682124834929348, 0, 15, 12);
INSERT INTO public.point VALUES (1, 1, 16, 0.8590627358039239, 0, 16, 12);
INSERT INTO public.point VALUES (1, 1, 17, 0.8539939527913746, 0, 17, 12);
INSERT INTO public.point VALUES (1, 1, 18, 0.8524347994005821, 0, 18, 12);
INSERT INTO public.point VALUES (1, 1, 19, 0.8538939274845007, 0, 19, 12);
INSERT INTO public.point VALUES (1, 1, 20, 0.8579487776366705, 0, 20, 12);
INSERT INTO public.point VALUES (1, 1, 21, 0.8642359487675366, 0, 21, 12);
INSERT INTO public.point VALUES (1, 1, 22, 0.8724429159400815, 0, 22, 12);
INSERT INTO public.point VALUES (1, 1, 23, 0.88230090770847, 0, 23, 12);
INSERT INTO public.point VALUES (1, 1, 24, 0.8935787806292843, 0, 24, 12);
INSERT INTO public.point VALUES (1, 1, 25, 0.9060777513411845, 0, 25, 12);
INSERT INTO public.point VALUES (1, 1, 26, 0.9196268661534187, 0, 26, 12);
INSERT INTO public.point VALUES (1, 1, 27, 0.9340791048919401, 0, 27, 12);
INSERT INTO public.point VALUES (1, 1, 28, 0.9493080302070684, 0, 28, 12);
INSERT INTO public.point VALUES (1, 1, 29, 0.965204905978079, 0, 29, 12);
INSERT INTO public.point VALUES (1, 2, 0, 0.19999999999999996, 0, 0, 11);
INSERT INTO public.point VALUES (1, 2, 1, 0.2825, 0, 1, 11);
INSERT INTO public.point VALUES (1, 2, 2, 0.352625, 0, 2, 11);
INSERT INTO public.point VALUES (1, 2, 3, 0.41223125, 0, 3, 11);
INSERT INTO public.point VALUES (1, 2, 4, 0.46289656250000005, 0, 4, 11);
INSERT INTO public.point VALUES (1, 2, 5, 0.505962078125, 0, 5, 11);
INSERT INTO public.point VALUES (1, 2, 6, 0.54256776640625, 0, 6, 11);
INSERT INTO public.point VALUES (1, 2, 7, 0.5736826014453125, 0, 7, 11);
INSERT INTO public.point VALUES (1, 2, 8, 0.6001302112285156, 0, 8, 11);
INSERT INTO public.point VALUES (1, 2, 9, 0.6226106795442383, 0, 9, 11);
INSERT INTO public.point VALUES (1, 2, 10, 0.6417190776126026, 0, 10, 11);
INSERT INTO public.point VALUES (1, 2, 11, 0.6579612159707122, 0, 11, 12);
INSERT INTO public.point VALUES (1, 2, 12, 0.6717670335751054, 0, 12, 12);
INSERT INTO public.point VALUES (1, 2, 13, 0.6835019785388395, 0, 13, 12);
INSERT INTO public.point VALUES (1, 2, 14, 0.6934766817580136, 0, 14, 12);
INSERT INTO public.point VALUES (1, 2, 15, 0.7019551794943115, 0, 15, 12);
INSERT INTO public.point VALUES (1, 2, 16, 0.7091619025701649, 0, 16, 12);
INSERT INTO public.point VALUES (1, 2, 17, 0.7152876171846401, 0, 17, 12);
INSERT INTO public.point VALUES (1, 2, 18, 0.7204944746069442, 0, 18, 12);
INSERT INTO public.point VALUES (1, 2, 19, 0.7249203034159025, 0, 19, 12);
INSERT INTO public.point VALUES (1, 2, 20, 0.7286822579035171, 0, 20, 12);
INSERT INTO public.point VALUES (1, 2, 21, 0.7318799192179896, 0, 21, 12);
INSERT INTO public.point VALUES (1, 2, 22, 0.7345979313352912, 0, 22, 12);
INSERT INTO public.point VALUES (1, 2, 23, 0.7369082416349975, 0, 23, 12);
INSERT INTO public.point VALUES (1, 2, 24, 0.7388720053897478, 0, 24, 12);
INSERT INTO public.point VALUES (1, 2, 25, 0.7405412045812857, 0, 25, 12);
INSERT INTO public.point VALUES (1, 2, 26, 0.7419600238940928, 0, 26, 12);
INSERT INTO public.point VALUES (1, 2, 27, 0.7431660203099789, 0, 27, 12);
INSERT INTO public.point VALUES (1, 2, 28, 0.7441911172634821, 0, 28, 12);
INSERT INTO public.point VALUES (1, 2, 29, 0.7450624496739597, 0, 29, 12);
INSERT INTO public.point VALUES (1, 3, 0, 0, 0, 0, 11);
INSERT INTO public.point VALUES (1, 3, 1, 1, 0, 1, 11);
INSERT INTO public.point VALUES (1, 3, 2, 2, 0, 2, 11);
INSERT INTO public.point VALUES (1, 3, 3, 3, 0, 3, 11);
INSERT INTO public.point VALUES (1, 3, 4, 4, 0, 4, 11);
INSERT INTO public.point VALUES (1, 3, 5, 5, 0, 5, 11);
INSERT INTO public.point VALUES (1, 3, 6, 6, 0, 6, 11);
INSERT INTO public.point VALUES (1, 3, 7, 7, 0, 7, 11);
INSERT INTO public.point VALUES (1, 3, 8, 8, 0, 8, 11);
INSERT INTO public.point VALUES (1, 3, 9, 9, 0, 9, 11);
INSERT INTO public.point VALUES (1, 3, 10, 10, 0, 10, 11);
INSERT INTO public.point VALUES (1, 3, 11, 11, 0, 11, 12);
INSERT INTO public.point VALUES (1, 3, 12, 12, 0, 12, 12);
INSERT INTO public.point VALUES (1, 3, 13, 13, 0, 13, 12);
INSERT INTO public.point VALUES (1, 3, 14, 14, 0, 14, 12);
INSERT INTO public.point VALUES (1, 3, 15, 15, 0, 15, 12);
INSERT INTO public.point VALUES (1, 3, 16, 16, 0, 16, 12);
INSERT INTO public.point VALUES (1, 3, 17, 17, 0, 17, 12);
INSERT INTO public.point VALUES (1, 3, 18, 18, 0, 18, 12);
INSERT INTO public.point VALUES (1, 3, 19, 19, 0, 19, 12);
INSERT INTO public.point VALUES (1, 3, 20, 20, 0, 20, 12);
INSERT INTO public.point VALUES (1, 3, 21, 21, 0, 21, 12);
INSERT INTO public.point VALUES (1, 3, 22, 22, 0, 22, 12);
INSERT INTO public.point VALUES (1, 3, 23, 23, 0, 23, 12);
INSERT INTO public.point VALUES (1, 3, 24, 24, 0, 24, 12);
INSERT INTO public.point VALUES (1, 3, 25, 25, 0, 25, 12);
INSERT INTO public.point VALUES (1, 3, 26, 26, 0, 26, 12);
INSERT INTO public.point VALUES (1, 3, 27, 27, 0, 27, 12);
INSERT INTO public.point VALUES (1, 3, 28, 28, 0, 28, 12);
INSERT INTO public.point VALUES (1, 3, 29, 29, 0, 29, 12);
INSERT INTO public.point VALUES (1, 4, 0, NULL, 1, NULL, 12);
INSERT INTO public.point VALUES (1, 4, 10, NULL, 2, NULL, 12);
INSERT INTO public.point VALUES (1, 4, 20, NULL, 3, NULL, 12);
INSERT INTO public.point VALUES (1, 4, 30, 1.5, 0, NULL, 12);
INSERT INTO public.point VALUES (2, 0, 0, 1, 0, NULL, 23);
INSERT INTO public.project VALUES ('digits', 1795326442082, 2);
INSERT INTO public.run VALUES (1, 'digits', 'old-one', 'seeds', 'A note.', 'finished', NULL, 0, 1795326442082, 1795326444131, 12, 1, 1795326444131, 1795326442082, '{"python": "3.11.7"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.run VALUES (2, 'digits', 'failed-one', NULL, '', 'failed', NULL, 1, 1795326445118, 1795326445217, 23, 2, 1795326445217, 1795326445118, '{"python": "3.11.7"}', 1795337357132, NULL, NULL, NULL, NULL);
INSERT INTO public.series VALUES (1, 0, 'train/loss', 30, 29, 29, 0.04520490597807886, 0, 0.04520490597807886, 29, 29, 2.02, 0, 0, NULL, NULL, NULL);
INSERT INTO public.series VALUES (1, 1, 'val/loss', 30, 29, 29, 0.965204905978079, 0, 0.8524347994005821, 18, 18, 2.6, 0, 0, NULL, NULL, NULL);
INSERT INTO public.series VALUES (1, 2, 'val/accuracy', 30, 29, 29, 0.7450624496739597, 0, 0.19999999999999996, 0, 0, 0.7450624496739597, 29, 29, NULL, NULL, NULL);
INSERT INTO public.series VALUES (1, 3, 'score', 30, 29, 29, 29, 0, 0, 0, 0, 29, 29, 29, 'max', 'val', 'score');
INSERT INTO public.series VALUES (1, 4, 'odd', 4, 30, NULL, 1.5, 0, 1.5, 30, NULL, 1.5, 30, NULL, NULL, NULL, NULL);
INSERT INTO public.series VALUES (2, 0, 'loss', 1, 0, NULL, 1, 0, 1, 0, NULL, 1, 0, NULL, NULL, NULL, NULL);
INSERT INTO public.summary VALUES (1, 'size', '12', 12);
INSERT INTO public.tag VALUES (1, 'kept', 0);
INSERT INTO public.tag VALUES (1, 'first', 1);
INSERT INTO public.view VALUES ('digits', '000000000000v', '?runs=0000000000001', 1795337357151, 'Both runs', 'Ada', 'Why *both*.', 'compare', 1795337357151, NULL);
INSERT INTO public.writer VALUES (1, 852034833493618898, 0, 3517, 1795326444131, 1795326442082, 12, 0, 'finished', NULL);
INSERT INTO public.writer VALUES (2, 2569179912031311038, 0, 367, 1795326445217, 1795326445118, 23, 0, 'failed', NULL);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.annotation
    ADD CONSTRAINT annotation_pk PRIMARY KEY (run_id, annotation_no);
ALTER TABLE ONLY public.config
    ADD CONSTRAINT config_pk PRIMARY KEY (run_id, key);
ALTER TABLE ONLY public.diagnosis
    ADD CONSTRAINT diagnosis_pk PRIMARY KEY (run_id);
ALTER TABLE ONLY public.frozen
    ADD CONSTRAINT frozen_pk PRIMARY KEY (frozen_id);
ALTER TABLE ONLY public.point
    ADD CONSTRAINT point_pk PRIMARY KEY (run_id, series_no, step);
ALTER TABLE ONLY public.preview
    ADD CONSTRAINT preview_pk PRIMARY KEY (run_id, series_no, level, block);
ALTER TABLE ONLY public.project
    ADD CONSTRAINT project_pk PRIMARY KEY (name);
ALTER TABLE ONLY public.purged
    ADD CONSTRAINT purged_pk PRIMARY KEY (run_id);
ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_pk PRIMARY KEY (run_id);
ALTER TABLE ONLY public.series
    ADD CONSTRAINT series_name_key UNIQUE (run_id, name);
ALTER TABLE ONLY public.series
    ADD CONSTRAINT series_pk PRIMARY KEY (run_id, series_no);
ALTER TABLE ONLY public.summary
    ADD CONSTRAINT summary_pk PRIMARY KEY (run_id, key);
ALTER TABLE ONLY public.tag_edit
    ADD CONSTRAINT tag_edit_pk PRIMARY KEY (run_id, tag);
ALTER TABLE ONLY public.tag
    ADD CONSTRAINT tag_pk PRIMARY KEY (run_id, tag);
ALTER TABLE ONLY public.verdict_change
    ADD CONSTRAINT verdict_change_pk PRIMARY KEY (run_id, change_no);
ALTER TABLE ONLY public.view
    ADD CONSTRAINT view_pk PRIMARY KEY (project, name);
ALTER TABLE ONLY public.writer
    ADD CONSTRAINT writer_pk PRIMARY KEY (run_id, session_id);
CREATE INDEX run_by_project ON public.run USING btree (project, created_ms);
ALTER TABLE ONLY public.annotation
    ADD CONSTRAINT annotation_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(run_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.config
    ADD CONSTRAINT config_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(run_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.diagnosis
    ADD CONSTRAINT diagnosis_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(run_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.series
    ADD CONSTRAINT series_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(run_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.summary
    ADD CONSTRAINT summary_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(run_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.tag_edit
    ADD CONSTRAINT tag_edit_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(run_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.tag
    ADD CONSTRAINT tag_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(run_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.verdict_change
    ADD CONSTRAINT verdict_change_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(run_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.writer
    ADD CONSTRAINT writer_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(run_id) ON DELETE CASCADE;
