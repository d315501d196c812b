#!/bin/bash -e
# files/ is made by: image/stage PROGRAM image/stage-tinyrsyncd/00-install/files
cp -r --no-preserve=ownership files/. "${ROOTFS_DIR}/"
