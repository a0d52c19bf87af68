"""What load_images and image_pipeline say without a network, and of damaged files."""

import hashlib
import http.server
import json
import re
import shutil
import socket
import threading
import time

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from tfds_data_sets import image_and_label, make_labelled, random_images

from vae_keras.data import connection, image_pipeline, integrity, load_images, pipeline

READERS = [load_images, image_pipeline]
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class DownloadedDigits(tfds.core.GeneratorBasedBuilder):
    """A data set that TFDS downloads: one file of 40 images of 4 x 4."""

    VERSION = tfds.core.Version("1.0.0")
    url = ""
    url_infos = {}  # noqa: RUF012  (TFDS's own class attribute)

    def _info(self):
        features = tfds.features.FeaturesDict(image_and_label((4, 4, 1)))
        return tfds.core.DatasetInfo(builder=self, description="For tests.", features=features)

    def _split_generators(self, dl_manager):
        path = dl_manager.download(self.url)  # not the other addresses of url_infos
        return {split: self._generate_examples(path) for split in ("train", "test")}

    def _generate_examples(self, path):
        for index, image in enumerate(np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, 4, 4)):
            yield index, {"image": image[..., None], "label": 0}


IMAGES = random_images(40, (4, 4, 1))


@pytest.fixture
def download_from(monkeypatch):
    """Gives `DownloadedDigits` its addresses: the one it downloads from, and others it lists."""

    def set_addresses(url, *others):
        file = tfds.download.checksums.UrlInfo(
            size=IMAGES.nbytes, checksum=hashlib.sha256(IMAGES).hexdigest(), filename="digits.bin"
        )
        monkeypatch.setattr(DownloadedDigits, "url", url)
        monkeypatch.setattr(DownloadedDigits, "url_infos", dict.fromkeys((url, *others), file))

    return set_addresses


class Server(http.server.ThreadingHTTPServer):
    """A server on this machine that gives every address the same file, slowly if told to."""

    status = 200
    pause = 0.0
    contents = IMAGES

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.server.requests.append((self.command, self.path))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(IMAGES.nbytes))
        self.end_headers()

    def do_GET(self):
        self.do_HEAD()
        for part in np.split(self.server.contents, 4):
            time.sleep(self.server.pause)
            self.wfile.write(part.tobytes())

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Handler) as server:
        server.requests = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def closed():
    """An address on this machine where nobody answers."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for variable in PROXY_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)


def refuse(monkeypatch):
    def getaddrinfo(*arguments, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def hang_in_name_search(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: time.sleep(30))


def drop_packets(monkeypatch):
    def connect(self, address):
        time.sleep(min(30, self.gettimeout() or 30))
        raise TimeoutError("timed out")

    # Four addresses, as large sites have: their time limits add up.
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: [address] * 4)
    monkeypatch.setattr(socket.socket, "connect", connect)


class TestNetwork:
    @pytest.mark.parametrize("break_network", [refuse, hang_in_name_search, drop_packets])
    @pytest.mark.parametrize("read", READERS)
    def test_no_network_is_said_within_five_seconds(
        self, break_network, read, monkeypatch, tmp_path
    ):
        tfds.builder("mnist", data_dir=tmp_path)  # TFDS's own start is not what is timed.
        break_network(monkeypatch)
        start = time.monotonic()
        with pytest.raises(ConnectionError) as caught:
            read("mnist", data_dir=tmp_path)
        assert time.monotonic() - start < 5
        message = str(caught.value)
        assert "'mnist'" in message
        assert str(tmp_path) in message
        assert "storage.googleapis.com" in message
        assert "load_images('mnist_mini') needs no network" in message
        assert caught.value.__cause__ is not None

    def test_refused_connection(self, closed, tmp_path, download_from):
        download_from(f"{closed}/digits")
        with pytest.raises(ConnectionError, match=r"127\.0\.0\.1"):
            load_images("downloaded_digits", data_dir=tmp_path)

    def test_download_and_then_no_network(self, server, tmp_path, download_from, monkeypatch):
        download_from(f"{server.address}/digits")
        first = load_images("downloaded_digits", data_dir=tmp_path)
        assert sorted(map(bytes, np.rint(first.x_train * 255).astype(np.uint8))) == sorted(
            map(bytes, IMAGES)
        )
        refuse(monkeypatch)
        again = load_images("downloaded_digits", data_dir=tmp_path)
        assert all(map(np.array_equal, again, first))

    @pytest.mark.parametrize("checksums", [True, False])
    def test_what_was_downloaded_before_needs_no_network(
        self, server, tmp_path, download_from, monkeypatch, checksums
    ):
        download_from(f"{server.address}/digits")
        if not checksums:
            monkeypatch.setattr(DownloadedDigits, "url_infos", None)
        load_images("downloaded_digits", data_dir=tmp_path)
        shutil.rmtree(tmp_path / "downloaded_digits")
        server.shutdown()
        server.server_close()
        assert len(load_images("downloaded_digits", data_dir=tmp_path).x_train) == 40

    def test_what_older_versions_downloaded_needs_no_network(self, server, tmp_path, download_from):
        download_from(f"{server.address}/digits")
        load_images("downloaded_digits", data_dir=tmp_path)
        shutil.rmtree(tmp_path / "downloaded_digits")
        for path in (tmp_path / "downloads" / "downloaded_digits").iterdir():
            path.rename(tmp_path / "downloads" / path.name)
        server.shutdown()
        server.server_close()
        assert len(load_images("downloaded_digits", data_dir=tmp_path).x_train) == 40

    def test_what_was_put_there_by_hand_needs_no_network(self, closed, tmp_path, download_from):
        download_from(f"{closed}/digits")
        (tmp_path / "downloads" / "manual").mkdir(parents=True)
        (tmp_path / "downloads" / "manual" / "digits.bin").write_bytes(IMAGES.tobytes())
        assert len(load_images("downloaded_digits", data_dir=tmp_path).x_train) == 40

    def test_one_host_that_is_gone(self, server, tmp_path, download_from):
        download_from(f"{server.address}/digits", "http://digits.invalid/older")
        assert len(load_images("downloaded_digits", data_dir=tmp_path).x_train) == 40

    def test_slow_download_is_not_cut(self, server, tmp_path, download_from, monkeypatch):
        monkeypatch.setattr(connection, "CONNECTION_SECONDS", 1.0)
        server.pause = 0.4
        download_from(f"{server.address}/digits")
        assert len(load_images("downloaded_digits", data_dir=tmp_path).x_train) == 40

    def test_server_that_is_slow_to_answer_is_there(self, monkeypatch):
        monkeypatch.setattr(connection, "CONNECTION_SECONDS", 2.0)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            connection.require_connection([f"http://127.0.0.1:{silent.getsockname()[1]}/digits"])

    def test_nothing_to_download(self):
        connection.require_connection([])

    def test_proxy_is_used(self, server, tmp_path, monkeypatch, download_from):
        monkeypatch.setenv("http_proxy", server.address)
        download_from("http://digits.invalid/digits")
        assert len(load_images("downloaded_digits", data_dir=tmp_path).x_train) == 40
        assert {path for _, path in server.requests} == {"http://digits.invalid/digits"}

    @pytest.mark.parametrize("url", ["http://digits.invalid/a", "https://digits.invalid/a"])
    def test_proxy_without_a_network(self, server, tmp_path, monkeypatch, download_from, url):
        server.status = 503
        monkeypatch.setenv("http_proxy", server.address)
        monkeypatch.setenv("https_proxy", server.address)
        download_from(url)
        start = time.monotonic()
        with pytest.raises(ConnectionError, match="proxy"):
            load_images("downloaded_digits", data_dir=tmp_path)
        assert time.monotonic() - start < 5

    def test_file_that_is_gone(self, server, tmp_path, download_from):
        server.status = 404
        download_from(f"{server.address}/digits")
        with pytest.raises(ConnectionError, match="404"):
            load_images("downloaded_digits", data_dir=tmp_path)

    def test_file_that_is_another(self, server, tmp_path, download_from, monkeypatch):
        download_from(f"{server.address}/digits")
        monkeypatch.setattr(server, "contents", 1 - IMAGES)
        with pytest.raises(OSError, match=r"(?s)not what TFDS expects.*Mend: delete the folder"):
            load_images("downloaded_digits", data_dir=tmp_path)

    def test_file_to_download_by_hand(self, tmp_path, monkeypatch):
        monkeypatch.setattr(DownloadedDigits, "MANUAL_DOWNLOAD_INSTRUCTIONS", "Ask the author.")
        monkeypatch.setattr(
            DownloadedDigits, "_split_generators", lambda self, manager: manager.manual_dir
        )
        with pytest.raises(FileNotFoundError, match=r"(?s)by hand.*Ask the author"):
            load_images("downloaded_digits", data_dir=tmp_path)


@pytest.fixture
def folder(tmp_path):
    """A prepared data set named "digits", in two files a split."""
    images = random_images(60, (8, 8, 1))
    return make_labelled(tmp_path, "digits", images, images, num_shards=2)


def shard(folder):
    return folder / "digits-train.tfrecord-00001-of-00002"


def truncate(folder):
    data = shard(folder).read_bytes()
    shard(folder).write_bytes(data[: len(data) // 2])


def leave_out_a_record(folder):
    records = [record.numpy() for record in tf.data.TFRecordDataset(str(shard(folder)))]
    with tf.io.TFRecordWriter(str(shard(folder))) as writer:
        for record in records[:-1]:
            writer.write(record)


def flip_a_bit(folder):
    data = bytearray(shard(folder).read_bytes())
    data[len(data) // 2] ^= 4
    shard(folder).write_bytes(data)


def remove(folder):
    shard(folder).unlink()


def empty(folder):
    shard(folder).write_bytes(b"")


def append(folder):
    shard(folder).write_bytes(shard(folder).read_bytes() * 2)


DAMAGES = [truncate, leave_out_a_record, flip_a_bit, remove, empty, append]


class TestDamagedFiles:
    @pytest.mark.parametrize("damage", DAMAGES)
    @pytest.mark.parametrize("read", READERS)
    def test_the_file_is_named(self, folder, damage, read):
        read("digits", data_dir=folder.parents[1])
        damage(folder)
        with pytest.raises(OSError, match=re.escape(shard(folder).name)) as caught:
            read("digits", data_dir=folder.parents[1])
        assert f"Mend: delete the folder {folder}" in str(caught.value)

    @pytest.mark.parametrize("damage", set(DAMAGES) - {flip_a_bit})
    def test_large_data_sets_are_checked_by_size(self, folder, damage, monkeypatch):
        monkeypatch.setattr(pipeline, "_CHECKED_BYTES", 0)
        damage(folder)
        with pytest.raises(OSError, match=re.escape(shard(folder).name)):
            image_pipeline("digits", data_dir=folder.parents[1])

    def test_large_data_sets_never_come_short(self, folder, monkeypatch):
        monkeypatch.setattr(pipeline, "_CHECKED_BYTES", 0)
        flip_a_bit(folder)
        dataset = image_pipeline("digits", data_dir=folder.parents[1])
        with pytest.raises(tf.errors.DataLossError):
            list(dataset)

    def test_other_splits_are_not_looked_at(self, folder):
        truncate(folder)
        dataset = image_pipeline("digits", "test", data_dir=folder.parents[1])
        assert sum(len(x) for x in dataset) == 60

    def test_counts_that_the_files_do_not_bear_out(self, folder):
        path = folder / "dataset_info.json"
        information = json.loads(path.read_text(encoding="utf-8"))
        for split in information["splits"]:
            split["shardLengths"] = ["30", "29"]
            split["numBytes"] = str(int(split["numBytes"]) + 16)  # What size alone would not show.
        path.write_text(json.dumps(information), encoding="utf-8")
        for read in READERS:
            with pytest.raises(OSError, match="holds 30 examples, expected 29"):
                read("digits", data_dir=folder.parents[1])

    def test_image_that_is_not_one(self, tmp_path):
        images = random_images(3, (8, 8, 1))
        folder = make_labelled(tmp_path, "garbled", images, images)
        path = folder / "garbled-train.tfrecord-00000-of-00001"
        records = [record.numpy() for record in tf.data.TFRecordDataset(str(path))]
        with tf.io.TFRecordWriter(str(path)) as writer:
            for record in records:
                writer.write(record.replace(b"PNG", b"GNP"))
        with pytest.raises(OSError, match="'train'"):
            load_images("garbled", data_dir=tmp_path)

    @pytest.mark.parametrize("name", ["dataset_info.json", "features.json"])
    @pytest.mark.parametrize("read", READERS)
    def test_description_that_is_not_json(self, folder, name, read):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
        with pytest.raises(OSError, match=re.escape(name)) as caught:
            read("digits", data_dir=folder.parents[1])
        assert "Mend: delete the folder" in str(caught.value)

    def test_description_that_is_missing(self, folder):
        (folder / "dataset_info.json").unlink()
        with pytest.raises(OSError, match="missing or incomplete"):
            load_images("digits", data_dir=folder.parents[1])

    def test_folder_of_a_known_data_set_without_description(self, tmp_path):
        (tmp_path / "mnist" / "3.0.1").mkdir(parents=True)
        with pytest.raises(OSError, match="missing or incomplete"):
            load_images("mnist", data_dir=tmp_path)

    def test_embedded_data_set(self, tmp_path, monkeypatch):
        images = random_images(3, (8, 8, 1))
        folder = make_labelled(tmp_path / "embedded", "mnist_mini", images, images)
        monkeypatch.setattr("vae_keras.data.places._PACKAGE", tmp_path)
        assert len(load_images().x_train) == 3
        path = next(folder.glob("*train*"))
        path.write_bytes(path.read_bytes()[:-1])
        for read in READERS:
            with pytest.raises(OSError, match="Mend: install vae-keras again"):
                read()

    def test_embedded_data_set_that_is_missing(self, tmp_path, monkeypatch):
        monkeypatch.setattr("vae_keras.data.places._PACKAGE", tmp_path / "a" / "b")
        with pytest.raises(FileNotFoundError, match="Mend: install vae-keras again"):
            load_images()

    def test_sizes_are_exact(self, folder):
        builder = tfds.builder_from_directory(folder)
        integrity.check_files(builder, "train+test")
        integrity.check_files(builder, "train[:10]", every_record=True)
